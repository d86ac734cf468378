using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Planning;

public class MemoryBudgetTests
{
    [Theory]
    [InlineData(10, 4, 2)]
    [InlineData(10, 5, 2)]
    [InlineData(10, 6, 1)]
    [InlineData(10, 60, 1)] // more than there is: alone
    public void Never_more_at_once_than_fit(long limit, long bytes, int most)
    {
        var budget = new MemoryBudget(limit);
        var (running, highest, done) = (0, 0, 0);
        var threads = Enumerable.Range(0, 6).Select(_ => new Thread(() => budget.Run(bytes, () =>
        {
            var now = Interlocked.Increment(ref running);
            lock (budget)
            {
                highest = Math.Max(highest, now);
            }

            Thread.Sleep(20);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref done);
        }))).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(6, done);
        Assert.InRange(highest, 1, most);
    }

    [Fact]
    public void What_fits_runs_together()
    {
        var budget = new MemoryBudget(10);
        using var both = new Barrier(2);
        var met = false;
        var other = new Thread(() => budget.Run(5, () => both.SignalAndWait(TimeSpan.FromSeconds(30))));
        other.Start();
        budget.Run(5, () => met = both.SignalAndWait(TimeSpan.FromSeconds(30)));
        other.Join();
        Assert.True(met);
    }

    [Fact]
    public void A_failed_piece_leaves_its_memory_to_the_next()
    {
        var budget = new MemoryBudget(10);
        Assert.Throws<InvalidOperationException>(() => budget.Run(10, () => throw new InvalidOperationException()));
        var ran = false;
        budget.Run(10, () => ran = true);
        Assert.True(ran);
    }
}
