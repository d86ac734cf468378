using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Cpu;

/// <summary>What a layer computes.</summary>
internal enum LayerKind
{
    /// <summary>The first convolution of an encoder block with its norm; it may have a stride.</summary>
    First,

    /// <summary>The first convolution of a decoder block with its norm, from two concatenated arrays.</summary>
    Joined,

    /// <summary>A further convolution of a block with its norm. It activates its input.</summary>
    Further,

    /// <summary>The output of a block, which activates that of its last convolution; the input has no channels of its own.</summary>
    Output,

    /// <summary>A transposed convolution.</summary>
    Up,

    /// <summary>The convolution to the logits.</summary>
    Logits,
}

/// <summary>All about a layer but its channels.</summary>
/// <param name="Kind">What it computes.</param>
/// <param name="Kernel">Kernel; for a transposed convolution also its stride.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Shape">Voxels of the output.</param>
/// <param name="Batch">Patches.</param>
internal sealed record LayerSite(LayerKind Kind, Shape3 Kernel, Shape3 Stride, Shape3 Shape, int Batch)
{
    /// <summary>Voxels of the input.</summary>
    public Shape3 Input => Kind == LayerKind.Up
        ? new(Shape.Z / Stride.Z, Shape.Y / Stride.Y, Shape.X / Stride.X)
        : new(Shape.Z * Stride.Z, Shape.Y * Stride.Y, Shape.X * Stride.X);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} {Kernel} / {Stride} to {Batch} of {Shape}";
}

/// <summary>The layers of a block; their widths are of an architecture.</summary>
/// <param name="First">The first convolution.</param>
/// <param name="Further">Each of the others.</param>
/// <param name="Output">The output.</param>
/// <param name="Up">The transposed convolution before a decoder block.</param>
/// <param name="Logits">The convolution to logits behind a decoder block.</param>
internal sealed record BlockSites(LayerSite First, LayerSite Further, LayerSite Output, LayerSite? Up = null, LayerSite? Logits = null)
{
    /// <summary>The 2P + 1 blocks of a plan in the order of an architecture.</summary>
    public static IReadOnlyList<BlockSites> All(Plan plan)
    {
        var one = Shape3.Cube(1);
        var blocks = new List<BlockSites>();
        var shape = plan.PatchSize;
        for (var d = 0; d <= plan.PoolCount; d++)
        {
            var stride = d == 0 ? one : plan.PoolKernels[d - 1];
            shape = new(shape.Z / stride.Z, shape.Y / stride.Y, shape.X / stride.X);
            blocks.Add(new(Site(LayerKind.First, stride), Site(LayerKind.Further, one), Site(LayerKind.Output, one)));

            LayerSite Site(LayerKind kind, Shape3 by) => new(kind, kind == LayerKind.Output ? one : plan.ConvKernels[d], by, shape, plan.BatchSize);
        }

        for (var skip = plan.PoolCount - 1; skip >= 0; skip--)
        {
            var beside = blocks[skip];
            var pool = plan.PoolKernels[skip];
            blocks.Add(beside with
            {
                First = beside.Further with { Kind = LayerKind.Joined },
                Up = beside.Further with { Kind = LayerKind.Up, Kernel = pool, Stride = pool },
                Logits = beside.Output with { Kind = LayerKind.Logits },
            });
        }

        return blocks;
    }
}
