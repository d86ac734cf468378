using System.Text.Json.Serialization;

namespace AdwUNet;

/// <summary>A part of an image that several labels make up, such as the whole tumour of three of its parts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">The labels that belong to it.</param>
public sealed record LabelRegion(string Name, IReadOnlyList<int> Labels);

/// <summary>
/// What a dataset's labels mean beyond one class each, as nnU-Net v2 describes it: regions of several labels, a label for voxels of which
/// nothing is known, and label values of the files that are not 0, 1, 2 ...
/// </summary>
public sealed record LabelScheme
{
    /// <summary>The regions that are trained and evaluated in the place of the classes; none where each class is its own.</summary>
    public IReadOnlyList<LabelRegion> Regions { get; init; } = [];

    /// <summary>The label that each region gives to its voxels in a segmentation, later regions over earlier ones.</summary>
    public IReadOnlyList<int> RegionsClassOrder { get; init; } = [];

    /// <summary>The label of voxels that count in no loss, metric or sampling; one more than the last class. Null where there is none.</summary>
    public int? IgnoreLabel { get; init; }

    /// <summary>The label value of each class in the files, where they are not 0, 1, 2 ...; else empty.</summary>
    public IReadOnlyList<int> FileValues { get; init; } = [];

    /// <summary>Whether it is empty: every class is a label, and every label counts.</summary>
    [JsonIgnore]
    public bool IsPlain => Regions.Count == 0 && IgnoreLabel is null && FileValues.Count == 0;

    /// <summary>Turns class indices into the label values of the dataset's files, in place.</summary>
    internal void ToFileValues(Span<short> labels)
    {
        if (FileValues.Count == 0) return;
        foreach (ref var label in labels) label = (short)FileValues[label];
    }

    /// <summary>What contradicts itself, as a part of a sentence; null where nothing does.</summary>
    /// <param name="classes">Number of classes, the background included.</param>
    internal string? Fault(int classes) =>
        IgnoreLabel is { } ignore && ignore != classes ? $"the ignore label is {ignore}, but must be {classes}, one more than the last label"
        : RegionsClassOrder.Count != Regions.Count ? $"regions_class_order has {RegionsClassOrder.Count} entries for {Regions.Count} regions"
        : Regions.FirstOrDefault(region => region.Labels.Count == 0 || region.Labels.Any(label => label < 0 || label >= classes)) is { } odd
            ? $"the region {odd.Name} has the labels {string.Join(", ", odd.Labels)}, but the labels are 0 to {classes - 1}"
        : RegionsClassOrder.Any(label => label < 1 || label >= classes) ? $"regions_class_order is {string.Join(", ", RegionsClassOrder)}, but the labels are 1 to {classes - 1}"
        : FileValues.Count > 0 && (FileValues.Count != classes || FileValues.Distinct().Count() != classes || FileValues[0] != 0 || FileValues.Max() > short.MaxValue)
            ? $"the label values of the files are {string.Join(", ", FileValues)}, not one of 16 bits for each of {classes} classes, 0 first"
        : null;

    /// <summary>Whether another scheme is equal.</summary>
    internal static bool AreSame(LabelScheme? one, LabelScheme? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && JsonFile.Serialize(one).AsSpan().SequenceEqual(JsonFile.Serialize(other)));
}
