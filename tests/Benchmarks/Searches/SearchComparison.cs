using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Experiments;
using AdwUNet.Planning;
using AdwUNet.Runs;
using AdwUNet.Search;

namespace AdwUNet.Benchmarks.Searches;

/// <summary>
/// Searches of the profile <c>laptop</c> that differ in their order, their precision and their seed alone. Each is a folder, so that what was
/// stopped goes on and what is finished is read.
/// </summary>
/// <param name="data">The folder of the dataset.</param>
/// <param name="root">The folder whose <c>runs</c> holds preprocessed cases and searches.</param>
/// <param name="epochs">Epochs of each search; the profile's when null.</param>
internal sealed class SearchComparison(DirectoryInfo data, DirectoryInfo root, int? epochs)
{
    private const string ProfileName = "laptop";
    private const int Fold = 0;

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Runs what is left, and writes the report anew after each search.</summary>
    /// <param name="output">The file.</param>
    /// <param name="cancellation">Ends after the current step.</param>
    public void Run(string output, CancellationToken cancellation)
    {
        Environment.SetEnvironmentVariable(Experiment.DataVariable, data.Parent!.FullName);
        var experiment = new Experiment(root.FullName, data.Name, ProfileName, "cpu");
        using var store = experiment.EnsureStore(cancellation: cancellation);
        var options = Shortened(experiment.Profile.Search);
        var report = new SearchReport(store.Plan, options, epochs, data.Name);
        var cases = experiment.Cases(store, Fold).Search;
        foreach (var run in ComparedSearch.All)
        {
            var folder = Path.Combine(root.FullName, "runs", "searches", $"{data.Name}-{options.Epochs}", run.Name);
            using var search = new SearchRun(
                folder, store.Plan, experiment.Profile.Space(Family.AdwUNet), cases, options with { Order = run.Order, Precision = run.Precision, Seed = run.Seed });
            foreach (var epoch in search.Run(cancellation: cancellation))
            {
                Console.Error.WriteLine(
                    $"[{_clock.Elapsed:hh\\:mm\\:ss}] {run.Name}: epoch {epoch.Epoch + 1} of {options.Epochs}, {epoch.Seconds:0.0} s, validation loss {epoch.ValidationLoss:0.000}");
            }

            run.Read(folder, search.History);
            report.Write(output);
        }

        Console.Write(File.ReadAllText(output));
    }

    // The same share of warm-up, and a temperature that falls as far.
    private SearchOptions Shortened(SearchOptions profile)
    {
        if (epochs is not { } count)
        {
            return profile;
        }

        var warmUp = count * profile.WarmUpEpochs / profile.Epochs;
        return profile with
        {
            Epochs = count,
            WarmUpEpochs = warmUp,
            TemperatureFactor = Math.Pow(profile.TemperatureFactor, (profile.Epochs - profile.WarmUpEpochs) / (double)(count - warmUp)),
        };
    }
}
