using TorchSharp;

namespace AdwUNet.Cpu;

/// <summary>Distributes work over as many threads as libtorch uses. The distribution does not affect results.</summary>
internal static class Workers
{
    /// <summary>Calls the body for 0 to count − 1, in no particular order.</summary>
    public static void For(int count, Action<int> body)
    {
        var threads = Math.Min(count, torch.get_num_threads());
        if (threads > 1)
        {
            WorkerTeam.Run(threads, count, body);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            body(i);
        }
    }
}
