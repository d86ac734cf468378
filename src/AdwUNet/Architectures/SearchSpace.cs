namespace AdwUNet.Architectures;

/// <summary>What a search may choose from: which sizes adapt, how deep a block and how wide a convolution can become.</summary>
public sealed record SearchSpace
{
    /// <summary>The published width options, as shares of the largest width: C/3, C/2, 2C/3, 5C/6, C (paper section 3.1).</summary>
    public static IReadOnlyList<double> PublishedWidthFractions { get; } = [1 / 3.0, 1 / 2.0, 2 / 3.0, 5 / 6.0, 1];

    /// <summary>Which sizes are adaptive.</summary>
    public required Family Family { get; init; }

    /// <summary>Largest width of encoder stage 0; every stage doubles it.</summary>
    public required int BaseWidth { get; init; }

    /// <summary>Cap of the largest widths.</summary>
    public required int MaxWidth { get; init; }

    /// <summary>Convolutions per block: the largest number where depth is adaptive, the number where it is not.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>Width options as ascending shares of the largest width; the last is 1.</summary>
    public IReadOnlyList<double> WidthFractions { get; init; } = PublishedWidthFractions;

    /// <summary>Where the width mask is applied.</summary>
    public MaskPlacement MaskPlacement { get; init; } = MaskPlacement.BeforeNorm;

    /// <summary>Whether convolutions choose their width.</summary>
    public bool AdaptsWidth => Family is Family.AdwUNet or Family.AwUNet;

    /// <summary>Whether blocks choose their depth.</summary>
    public bool AdaptsDepth => Family is Family.AdwUNet or Family.AdUNet;

    /// <summary>The published space: 48 channels doubling to 384 where width adapts (1.5 × nnU-Net), 32 to 320 where it does not.</summary>
    public static SearchSpace Published(Family family) => family switch
    {
        Family.AdwUNet => new() { Family = family, BaseWidth = 48, MaxWidth = 384, MaxDepth = 3 },
        Family.AwUNet => new() { Family = family, BaseWidth = 48, MaxWidth = 384, MaxDepth = 2 },
        Family.AdUNet => new() { Family = family, BaseWidth = 32, MaxWidth = 320, MaxDepth = 3 },
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    /// <summary>The largest width of every block: encoder stages 0..P, then decoder stages 0..P−1 (coarse to fine).</summary>
    /// <param name="poolCount">P, the number of poolings.</param>
    public IReadOnlyList<int> BlockWidths(int poolCount)
    {
        var encoder = Enumerable.Range(0, poolCount + 1).Select(EncoderWidth).ToArray();
        return [.. encoder, .. encoder.Reverse().Skip(1)];
    }

    /// <summary>The widths that a convolution of at most <paramref name="width"/> channels chooses from.</summary>
    /// <param name="width">The largest width.</param>
    public IReadOnlyList<int> WidthOptions(int width) => AdaptsWidth
        ? [.. WidthFractions.Select(fraction => (int)Math.Round(width * fraction))]
        : [width];

    /// <summary>Refuses a space that the method does not define.</summary>
    /// <exception cref="ArchitectureException">A depth outside 1..4, fractions not ascending to 1, a width they do not divide.</exception>
    public void Validate()
    {
        var smallestDepth = AdaptsDepth ? 2 : 1;
        const int largestDepth = 4;
        if (MaxDepth < smallestDepth || MaxDepth > largestDepth)
        {
            throw new ArchitectureException(
                $"MaxDepth is {MaxDepth}; a block of {Family} has {smallestDepth} to {largestDepth} convolutions.");
        }

        if (BaseWidth < 1 || MaxWidth < BaseWidth)
        {
            throw new ArchitectureException(
                $"BaseWidth {BaseWidth} and MaxWidth {MaxWidth} do not fit: both are at least 1 and MaxWidth is the larger.");
        }

        if (AdaptsWidth)
        {
            ValidateFractions();
        }
    }

    private void ValidateFractions()
    {
        var ascending = WidthFractions.Zip(WidthFractions.Skip(1)).All(pair => pair.First < pair.Second);
        if (WidthFractions.Count < 2 || !ascending || WidthFractions[0] <= 0 || WidthFractions[^1] != 1)
        {
            throw new ArchitectureException(
                $"WidthFractions are [{string.Join(", ", WidthFractions)}]; give at least two, ascending, above 0, the last 1.");
        }

        const double tolerance = 1e-6; // thirds and sixths are not exact in binary
        foreach (var width in new[] { BaseWidth, MaxWidth })
        {
            var uneven = WidthFractions.FirstOrDefault(f => Math.Abs((width * f) - Math.Round(width * f)) > tolerance);
            if (uneven != 0)
            {
                throw new ArchitectureException(
                    $"A width of {width} channels times the option {uneven:0.####} is not a whole number; "
                    + "choose BaseWidth and MaxWidth as multiples of 6 for the published options.");
            }
        }
    }

    private int EncoderWidth(int stage) => (int)Math.Min((long)BaseWidth << Math.Min(stage, 30), MaxWidth);
}

/// <summary>Where an adaptive width unit multiplies its channels by the width mask.</summary>
public enum MaskPlacement
{
    /// <summary>
    /// Between convolution and instance norm: the published place. The norm divides each channel by its own standard deviation,
    /// so that almost nothing of the mask is left in the output.
    /// </summary>
    BeforeNorm,

    /// <summary>After norm and activation (FBNetV2's place): a channel whose mask is 0 really emits 0.</summary>
    AfterActivation,
}

/// <summary>Which of a U-Net's sizes the search adapts (paper section 3).</summary>
public enum Family
{
    /// <summary>Depth and width: AdwU-Net.</summary>
    AdwUNet,

    /// <summary>Width only, two convolutions a block: AwU-Net.</summary>
    AwUNet,

    /// <summary>Depth only, nnU-Net's widths: AdU-Net.</summary>
    AdUNet,
}

/// <summary>An architecture or a search space that no network can be built from.</summary>
public sealed class ArchitectureException(string message, Exception? innerException = null)
    : AdwUNetException(message, innerException);
