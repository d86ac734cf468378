using System.Text.Json.Nodes;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>By which version and on which machine the training of a run began.</summary>
/// <param name="Version">Version of the library, with the commit after a plus sign.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Threads">Threads of libtorch.</param>
/// <param name="Arithmetic">The effective precision, and what computes.</param>
public sealed record RunOrigin(string Version, string Processor, int Threads, string Arithmetic)
{
    /// <exception cref="RunException">The configuration is missing or damaged.</exception>
    internal static RunOrigin Read(GridRun run)
    {
        var path = new RunFolder(run.TrainingFolder).ConfigPath;
        var config = RunConfig.Parse(path);
        try
        {
            var machine = config["machine"]!;
            return new((string)config["versions"]!["adwUNet"]!, (string)machine["processor"]!, (int)machine["threads"]!, (string)machine["arithmetic"]!);
        }
        catch (Exception error) when (error is NullReferenceException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new RunException($"{path} does not say by which version and on which machine the run was computed; it is not a configuration of this version.", error);
        }
    }
}
