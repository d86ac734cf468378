using System.Runtime.Intrinsics;

namespace AdwUNet.Cpu;

/// <summary>
/// Backward-weights products of <see cref="Winograd"/>: four products along x, from pairs of coarse voxels and the four fine voxels that each pair
/// reads.
/// </summary>
/// <param name="coarse">Coarse voxels of a row.</param>
/// <param name="channels">Number of fine channels to pack.</param>
internal sealed unsafe class WinogradRowLayout<T>(int coarse, int channels) : RowLayout<T>
    where T : struct, IStorageFormat
{
    private const int Gap = 64; // after the row of a product, because entries are written in whole vectors
    private static readonly WinogradPack[] OfVectors = [.. Enumerable.Range(0, BackwardWeights<T>.MaxVectors + 1).Select(vectors => Pack(isGradient: true, Math.Max(1, 16 * vectors), vectors * 64))];
    private readonly WinogradPack _fine = Pack(isGradient: false, channels, channels * sizeof(float));

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
        _fine.Run(row + (firstChannel * T.Size), allChannels * T.Size, Steps, target, ProductBytes);

    /// <inheritdoc/>
    public override void FillCoarse(byte* row, int allChannels, int vectors, byte* target, nint next) =>
        OfVectors[vectors].Run(row, allChannels * T.Size, Steps, target, next);

    private static WinogradPack Pack(bool isGradient, int channels, int step) => WinogradPack.Of(new(T.PerStep == BFloat16Format.PerStep, isGradient, channels, step));

    /// <inheritdoc/>
    public override void ToTaps(Span<Vector512<float>> sums) =>
        (sums[0], sums[1], sums[2]) = Winograd.FilterGradient(sums[0], sums[1], sums[2], sums[3]);
}
