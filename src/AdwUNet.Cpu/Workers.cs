using TorchSharp;

namespace AdwUNet.Cpu;

/// <summary>Work spread over as many threads as torch uses. Which thread does what changes no result.</summary>
internal static class Workers
{
    /// <summary>Calls the body for 0 to count − 1, in no particular order.</summary>
    public static void For(int count, Action<int> body)
    {
        var threads = Math.Min(count, torch.get_num_threads());
        if (threads <= 1)
        {
            for (var i = 0; i < count; i++)
            {
                body(i);
            }

            return;
        }

        // One item at a time, so that unequal ones or a busy core leave no thread waiting for long.
        var next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                body(i);
            }
        });
    }
}
