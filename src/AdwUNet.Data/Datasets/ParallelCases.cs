using System.Runtime.ExceptionServices;

namespace AdwUNet.Datasets;

/// <summary>Processes cases in parallel. The first exception ends the work and is thrown as it is, not in an AggregateException.</summary>
internal static class ParallelCases
{
    /// <param name="count">How many there are.</param>
    /// <param name="work">Given the index of each, from several threads.</param>
    /// <param name="maxParallelism">How many at once; the number of processors when null.</param>
    /// <param name="cancellation">Ends the work between two of them.</param>
    public static void For(int count, Action<int> work, int? maxParallelism = null, CancellationToken cancellation = default)
    {
        var options = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = maxParallelism ?? Environment.ProcessorCount,
        };
        try
        {
            Parallel.For(0, count, options, work);
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.Flatten().InnerExceptions[0]);
        }
    }
}
