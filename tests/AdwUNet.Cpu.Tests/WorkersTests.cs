using TorchSharp;

namespace AdwUNet.Cpu.Tests;

/// <summary>The distribution of work over threads.</summary>
public sealed class WorkersTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(1000, 1)]
    [InlineData(1000, 4)]
    public void Every_item_is_processed_exactly_once(int count, int threads)
    {
        var before = torch.get_num_threads();
        try
        {
            torch.set_num_threads(threads);
            var calls = new int[count];
            Workers.For(count, i => Interlocked.Increment(ref calls[i]));
            Assert.All(calls, call => Assert.Equal(1, call));
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }
}
