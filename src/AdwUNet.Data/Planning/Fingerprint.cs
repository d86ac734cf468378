using System.Text.Json.Serialization;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>What one training case contributes to a fingerprint. Axes are the file's (z, y, x).</summary>
/// <param name="Id">The case's name.</param>
/// <param name="Spacing">Millimetres between voxels.</param>
/// <param name="OriginalShape">Voxels in the file.</param>
/// <param name="Shape">Voxels after cropping to the non-zero box.</param>
public sealed record CaseFingerprint(string Id, Spacing3 Spacing, Shape3 OriginalShape, Shape3 Shape)
{
    /// <summary>The share of the voxels that cropping left.</summary>
    [JsonIgnore]
    public double SizeReduction => Shape.Count / (double)OriginalShape.Count;
}

/// <summary>
/// A training set in numbers: everything that a plan is derived from (nnU-Net v1's <c>dataset_properties</c>). Kept as JSON.
/// </summary>
public sealed partial record Fingerprint
{
    /// <summary>The dataset's name, such as <c>Hippocampus</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Names of the input channels.</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    /// <summary>Names of the classes; index 0 is the background.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Regions, the ignore label and label values with gaps; null where every class is a label and every label counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LabelScheme? Labels { get; init; }

    /// <summary>The orientation to which images are turned when they are read, such as RAS; null where each is read as its file has it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Orientation { get; init; }

    /// <summary>The training cases.</summary>
    public required IReadOnlyList<CaseFingerprint> Cases { get; init; }

    /// <summary>The foreground intensities of each channel over all cases (every 10th foreground voxel).</summary>
    public required IReadOnlyList<IntensityStatistics> Intensities { get; init; }

    /// <summary>Writes the fingerprint as JSON, atomically.</summary>
    /// <param name="path">The file.</param>
    public void Save(string path) => JsonFile.Save(path, this);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PlanException">The file is missing or damaged.</exception>
    public static Fingerprint Load(string path)
    {
        var fingerprint = JsonFile.Load<Fingerprint>(path, (message, error) => new PlanException(message, error));
        return fingerprint.Fault() is { } fault ? throw new PlanException($"{path}: the fingerprint's {fault}; compute the fingerprint again.") : fingerprint;
    }

    private string? Fault() =>
        Modalities.Count == 0 ? "list of modalities is empty"
        : Classes.Count < 2 ? "classes are fewer than two"
        : Labels?.Fault(Classes.Count) is { } labels ? $"labels contradict themselves ({labels})"
        : Orientation is not null && !AxisOrientation.IsValid(Orientation) ? $"orientation is '{Orientation}', not three letters such as RAS"
        : Intensities.Count != Modalities.Count ? $"intensities are {Intensities.Count} for {Modalities.Count} modalities"
        : !Intensities.All(i => i.IsFinite) ? "intensities are not all finite"
        : Cases.Count == 0 ? "list of cases is empty"
        : Cases.Select(CaseFault).FirstOrDefault(fault => fault is not null);

    private static string? CaseFault(CaseFingerprint item) =>
        !(item.Spacing.Min > 0) || !double.IsFinite(item.Spacing.Max) ? $"case {item.Id} has the spacing {item.Spacing}, which is not positive"
        : !Enumerable.Range(0, 3).All(axis => item.Shape[axis] > 0 && item.Shape[axis] <= item.OriginalShape[axis])
            ? $"case {item.Id} has the shape {item.Shape} out of an originalShape of {item.OriginalShape}"
        : null;
}
