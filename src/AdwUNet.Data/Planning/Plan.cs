using System.Text.Json.Serialization;
using AdwUNet.Imaging;

namespace AdwUNet.Planning;

/// <summary>
/// What preprocessing, the networks and the loops need to know of a dataset: the settings that nnU-Net v1 derives from a
/// fingerprint for its configuration "3d_fullres" (planner v21).
/// </summary>
/// <remarks>Every size and spacing is in the order (z, y, x) <em>after</em> <see cref="AxisOrder"/> was applied.</remarks>
public sealed partial record Plan
{
    /// <summary>The dataset's name, such as <c>Task04_Hippocampus</c>.</summary>
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

    /// <summary>
    /// Which axis of the file (z, y, x) becomes which axis here: <c>result[i] = file[AxisOrder[i]]</c>, the coarsest first
    /// (nnU-Net's <c>transpose_forward</c>).
    /// </summary>
    public required IReadOnlyList<int> AxisOrder { get; init; }

    /// <summary>The spacing to which every case is resampled.</summary>
    public required Spacing3 Spacing { get; init; }

    /// <summary>The median shape of the training cases at that spacing.</summary>
    public required Shape3 MedianShape { get; init; }

    /// <summary>The size of a training patch and of a prediction tile.</summary>
    public required Shape3 PatchSize { get; init; }

    /// <summary>Patches per batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Stride of the first convolution of encoder stages 1..P; its length is P, the number of poolings.</summary>
    public required IReadOnlyList<Shape3> PoolKernels { get; init; }

    /// <summary>Kernel size of the convolutions of encoder stages 0..P.</summary>
    public required IReadOnlyList<Shape3> ConvKernels { get; init; }

    /// <summary>How each channel is normalised.</summary>
    public required IReadOnlyList<ChannelNormalization> Normalization { get; init; }

    /// <summary>Whether the soft Dice sums over the batch as well as over space (nnU-Net: only for plans with a low-resolution stage).</summary>
    public required bool BatchDice { get; init; }

    /// <summary>
    /// Whether rotations turn all slices of a patch together, because the patch is strongly anisotropic
    /// (nnU-Net's <c>do_dummy_2D_data_aug</c>: largest patch edge over the first &gt; 3).
    /// </summary>
    public required bool InPlaneAugmentation { get; init; }

    /// <summary>The number of poolings, P; the networks have 2P + 1 blocks.</summary>
    [JsonIgnore]
    public int PoolCount => PoolKernels.Count;

    /// <summary>Whether the networks have an output for each region, which may overlap, instead of one for each class.</summary>
    [JsonIgnore]
    public bool HasRegions => Labels is { Regions.Count: > 0 };

    /// <summary>Names of what is trained, validated and evaluated, the background first: the classes, or the regions where there are any.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> TargetNames => HasRegions ? [Classes[0], .. Labels!.Regions.Select(region => region.Name)] : Classes;

    /// <summary>Output channels of the networks: the classes, background included, or the regions, which have no background.</summary>
    [JsonIgnore]
    public int OutputCount => HasRegions ? Labels!.Regions.Count : Classes.Count;
}
