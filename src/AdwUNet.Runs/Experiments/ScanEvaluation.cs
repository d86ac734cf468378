using System.Diagnostics;
using AdwUNet.Datasets;
using AdwUNet.Evaluation;
using AdwUNet.Prediction;

namespace AdwUNet.Experiments;

/// <summary>
/// Segments whole scans and compares them with their labels in the scans' own geometry. Each result is kept in a file at once, so that an
/// interrupted evaluation resumes.
/// </summary>
internal sealed class ScanEvaluation
{
    private readonly string _path;
    private readonly List<ScanResult> _done;

    /// <summary>Reads the results of an earlier process.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="RunException">The file is damaged.</exception>
    public ScanEvaluation(string path)
    {
        _path = path;
        _done = File.Exists(path) ? [.. JsonFile.Load<IReadOnlyList<ScanResult>>(path, (message, error) => new RunException(message, error))] : [];
    }

    /// <summary>The results in the order of the ids.</summary>
    public IReadOnlyList<ScanResult> Results => _done;

    /// <summary>Evaluates the remaining scans.</summary>
    /// <param name="model">The trained network.</param>
    /// <param name="options">How to segment.</param>
    /// <param name="data">The dataset.</param>
    /// <param name="ids">The cases to segment.</param>
    /// <param name="cancellation">Ends it within a scan; the scans before are kept.</param>
    public void Run(TrainedModel model, PredictionOptions options, Dataset data, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var segmenter = model.Segmenter(options);
        var byId = data.Cases.ToDictionary(c => c.Id, StringComparer.Ordinal);
        foreach (var id in ids.Skip(_done.Count))
        {
            var scan = byId.TryGetValue(id, out var found)
                ? found
                : throw new ExperimentException($"{data.Name} no longer has the case {id}; bring it back, or preprocess the dataset again.");
            var clock = Stopwatch.StartNew();
            var segmentation = segmenter.Segment(scan.ReadImage(), id, cancellation: cancellation);
            var seconds = clock.Elapsed.TotalSeconds;
            _done.Add(new(CaseResult.Compare(id, segmentation, scan.ReadLabels(), model.Plan.Classes, model.Plan.Labels), seconds));
            JsonFile.Save<IReadOnlyList<ScanResult>>(_path, _done);
        }
    }
}

/// <summary>The result of one scan.</summary>
/// <param name="Case">Dice and Hausdorff distance of each class.</param>
/// <param name="Seconds">Duration of the segmentation.</param>
internal sealed record ScanResult(CaseResult Case, double Seconds);
