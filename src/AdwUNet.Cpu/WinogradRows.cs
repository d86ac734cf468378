using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary><see cref="Winograd"/>'s four products a row, whose factors are of pairs of coarse voxels and of the four fine ones that they meet.</summary>
/// <param name="coarse">Coarse voxels of a row.</param>
/// <param name="channels">Fine channels that are kept.</param>
internal sealed unsafe class WinogradRows<T>(int coarse, int channels) : GradientRows<T>
    where T : struct, IElement
{
    private const int Gap = 64; // after a product's row: entries are written in whole vectors

    /// <inheritdoc/>
    public override int Products => Winograd.Products;

    /// <inheritdoc/>
    public override int CoarseRows => Winograd.Products;

    /// <inheritdoc/>
    public override int Steps { get; } = (Winograd.Pairs(coarse) + T.PerStep - 1) / T.PerStep;

    /// <inheritdoc/>
    public override int FineVoxels => CoarseVoxels + 2;

    /// <inheritdoc/>
    public override int CoarseVoxels => 2 * Steps * T.PerStep;

    /// <inheritdoc/>
    public override int EntryBytes => channels * sizeof(float);

    /// <inheritdoc/>
    public override int FineBytes => Winograd.Products * ProductBytes;

    private int ProductBytes => (Steps * EntryBytes) + Gap;

    /// <inheritdoc/>
    public override int FineOffset(int product) => product * ProductBytes;

    /// <inheritdoc/>
    public override void FillFine(byte* row, int firstChannel, int allChannels, byte* target) =>
        Winograd.StepsOfInput<T>(row + (firstChannel * T.Size), allChannels * T.Size, channels, Steps, target, EntryBytes, ProductBytes);

    /// <inheritdoc/>
    public override void FillCoarse(byte* row, int allChannels, int vectors, byte* target, nint next) =>
        Winograd.StepsOfGradient<T>(row, allChannels * T.Size, 16 * vectors, Steps, target, vectors * 64, next);

    /// <inheritdoc/>
    public override void ToTaps(Span<Vector512<float>> sums) =>
        (sums[0], sums[1], sums[2]) = Winograd.ToWeights(sums[0], sums[1], sums[2], sums[3]);
}
