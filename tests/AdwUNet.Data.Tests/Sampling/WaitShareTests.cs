using AdwUNet.Sampling;

namespace AdwUNet.Data.Tests.Sampling;

public class WaitShareTests
{
    private const int Calls = 12; // after which it decides

    [Theory]
    [InlineData(0.10, 1, true)]
    [InlineData(0.01, 1, false)]
    [InlineData(0.10, 3, false)] // one of the four cores is left to the device
    public void A_thread_is_worth_while_where_the_consumer_waits_and_a_core_is_left(double share, int threads, bool expected)
    {
        var now = 0.0;
        var waits = new WaitShare(cores: 4, () => now);
        Assert.Equal(expected, Run(waits, share, threads, ref now));
    }

    [Fact]
    public void The_first_batches_do_not_count()
    {
        var now = 0.0;
        var waits = new WaitShare(cores: 4, () => now);
        waits.Begin();
        now += 100;
        Assert.False(waits.EndAndAsk(1));
        Assert.False(Run(waits, 0, 1, ref now));
    }

    private static bool Run(WaitShare waits, double share, int threads, ref double now)
    {
        var answer = false;
        for (var i = 0; i < Calls; i++)
        {
            waits.Begin();
            now += share;
            answer |= waits.EndAndAsk(threads);
            now += 1 - share;
        }

        return answer;
    }
}
