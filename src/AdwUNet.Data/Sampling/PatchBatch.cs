using System.Runtime.InteropServices;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>A batch in managed arrays, which can be filled again; what the loader's threads make.</summary>
internal sealed class PatchBatch
{
    public PatchBatch(int samples, int channels, IReadOnlyList<Shape3> shapes)
    {
        Samples = samples;
        Channels = channels;
        Shapes = shapes;
        Image = new float[samples * channels * shapes[0].Count];
        Targets = [.. shapes.Select(shape => new long[samples * shape.Count])];
    }

    /// <summary>Number of patches.</summary>
    public int Samples { get; }

    /// <summary>Channels of the image.</summary>
    public int Channels { get; }

    /// <summary>The targets' shapes, finest first; the first is the patch.</summary>
    public IReadOnlyList<Shape3> Shapes { get; }

    /// <summary>[N, C, D, H, W].</summary>
    public float[] Image { get; }

    /// <summary>Class indices, finest first, each [N, D, H, W].</summary>
    public IReadOnlyList<long[]> Targets { get; }

    /// <summary>Copies the arrays into tensors on the CPU.</summary>
    public Batch ToTensors()
    {
        // The caller owns the result, whatever dispose scope happens to be open around the call.
        using var scope = NewDisposeScope();
        var patch = Shapes[0];
        var image = empty([Samples, Channels, patch.Z, patch.Y, patch.X], ScalarType.Float32);
        Image.CopyTo(MemoryMarshal.Cast<byte, float>(image.bytes));
        var targets = new Tensor[Targets.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = empty([Samples, Shapes[i].Z, Shapes[i].Y, Shapes[i].X], ScalarType.Int64);
            Targets[i].CopyTo(MemoryMarshal.Cast<byte, long>(targets[i].bytes));
            targets[i].DetachFromDisposeScope();
        }

        return new(image.DetachFromDisposeScope(), targets);
    }
}
