using System.IO.Hashing;
using System.Text;
using AdwUNet.Imaging;
using AdwUNet.Prediction;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>
/// The file <c>segmentations.json</c> of a folder of segmentations: which model made each of them from which content. So a second call
/// keeps what is finished, makes again what has another scan now, and overwrites nothing that it did not write.
/// </summary>
internal sealed class SegmentationLog
{
    private const string FileName = "segmentations.json";

    private readonly string _path;
    private readonly string _folder;
    private readonly string _model;
    private readonly Dictionary<string, LoggedScan> _scans;

    /// <summary>Reads the log of a folder; an empty one if there is none.</summary>
    /// <exception cref="SegmentationException">The folder holds segmentations of another model, or the file is damaged.</exception>
    public SegmentationLog(string folder, string model)
    {
        (_folder, _model, _path) = (folder, model, Path.Combine(folder, FileName));
        var content = File.Exists(_path)
            ? JsonFile.Load<LogContent>(_path, (message, error) => new SegmentationException(message, error))
            : new LogContent(model, []);
        if (content.Model != model)
            throw new SegmentationException($"The folder {folder} contains segmentations of another model or of other prediction options; choose another folder.");
        _scans = content.Scans.ToDictionary(scan => scan.Output, StringComparer.Ordinal);
    }

    /// <summary>What is to be done for a scan.</summary>
    /// <param name="output">The name of the output file.</param>
    /// <param name="input">The hash of the scan.</param>
    /// <exception cref="SegmentationException">The output exists and was not written by this log's model.</exception>
    public bool IsDone(string output, string input)
    {
        var path = Path.Combine(_folder, output);
        if (!File.Exists(path)) return false;
        if (!_scans.TryGetValue(output, out var known))
            throw new SegmentationException($"{path} exists and is not a segmentation of this model; move it away, or choose another folder");
        if (known.OutputHash is null) return false; // interrupted
        return HashOf(path) != known.OutputHash
            ? throw new SegmentationException($"{path} was changed after it was written; move it away to segment the scan again")
            : known.InputHash == input;
    }

    /// <summary>Notes a scan before its output is written.</summary>
    public void Begin(string output, string input) => Set(new LoggedScan(output, input, OutputHash: null));

    /// <summary>Notes a scan whose output is written.</summary>
    public void End(string output, string input) => Set(new LoggedScan(output, input, HashOf(Path.Combine(_folder, output))));

    /// <summary>The identity of a model: a hash of its plan, its weights, and the options and the postprocessing that change its results.</summary>
    public static string Identity(Segmenter segmenter)
    {
        using var scope = NewDisposeScope();
        var (plan, networks, options) = segmenter.Parts;
        var hash = new XxHash128();
        hash.Append(JsonFile.Serialize(plan));
        hash.Append(JsonFile.Serialize(options with { BatchSize = 1 }));
        if (segmenter.Postprocessing is { } postprocessing) hash.Append(JsonFile.Serialize(postprocessing));
        foreach (var (name, tensor) in networks.SelectMany(network => network.state_dict()))
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            hash.Append(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private void Set(LoggedScan scan)
    {
        _scans[scan.Output] = scan;
        JsonFile.Save(_path, new LogContent(_model, [.. _scans.Values.OrderBy(one => one.Output, StringComparer.Ordinal)]));
    }

    private static string HashOf(string path) => string.Concat(ImageFile.FilesOf(path).Where(File.Exists).Distinct().Select(FileContent.Hash));

    private sealed record LogContent(string Model, IReadOnlyList<LoggedScan> Scans);

    private sealed record LoggedScan(string Output, string InputHash, string? OutputHash);
}
