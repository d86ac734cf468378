using static TorchSharp.torch;

namespace AdwUNet.Scheduling;

/// <summary>
/// The number of libtorch threads of each run of a grid: the file <c>threads.json</c> in its folder. It decides the last digits of the results, so the first
/// process that works on the grid fixes it for all.
/// </summary>
/// <param name="Threads">The number.</param>
internal sealed record RunThreads(int Threads)
{
    private const string FileName = "threads.json";

    /// <summary>The number that the folder records; null if there is none yet.</summary>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static int? Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonFile.Load<RunThreads>(path, (message, error) => new RunException(message, error)).Threads : null;
    }

    /// <summary>Fixes the number, or reads the one that is fixed.</summary>
    /// <param name="folder">The grid's folder.</param>
    /// <param name="wanted">What the caller asked for; null if it did not.</param>
    /// <param name="otherwise">The number if it is neither fixed nor asked for.</param>
    /// <exception cref="RunException">Another number is fixed than was asked for.</exception>
    public static int Fix(string folder, int? wanted, int otherwise)
    {
        RunException.RequireBetween("grid", "threads", wanted ?? 1, 1, int.MaxValue);
        if (Of(folder) is not { } there)
        {
            there = wanted ?? otherwise;
            JsonFile.Save(Path.Combine(folder, FileName), new RunThreads(there));
        }

        return wanted is null || wanted == there
            ? there
            : throw new RunException(
                $"The runs of {folder} compute with {there} threads each, and {wanted} were asked for, which changes their last digits; leave out the number, or give the grid another name.");
    }

    /// <summary>Fixes the number as <see cref="Fix"/> does, and sets it for this process.</summary>
    public static int Use(string folder)
    {
        var threads = Fix(folder, null, get_num_threads());
        set_num_threads(threads);
        return threads;
    }
}
