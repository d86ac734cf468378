using System.Numerics;
using System.Runtime.InteropServices;
using AdwUNet.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>
/// A batch in the memory from which it goes to its device: the loader's threads write every voxel there and nowhere else. On the CPU that is the
/// memory of the tensors that the consumer gets. For a GPU it is pinned memory, from which the transfer runs while the processor goes on.
/// </summary>
internal sealed class PatchBatch : IDisposable
{
    private readonly Tensor _image;
    private readonly Tensor[] _targets;

    /// <summary>Allocates a batch.</summary>
    /// <param name="samples">Number of patches.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="shapes">The targets' shapes, finest first; the first is the patch.</param>
    /// <param name="labels">Number of labels, with the ignore label.</param>
    /// <param name="device">Where the batch goes.</param>
    public PatchBatch(int samples, int channels, IReadOnlyList<Shape3> shapes, int labels, Device device)
    {
        (Samples, Channels, Shapes) = (samples, channels, shapes);
        using var scope = NewDisposeScope();
        var isPinned = device.type == DeviceType.CUDA;
        var type = device.type == DeviceType.CPU ? ScalarType.Int64 : labels <= byte.MaxValue + 1 ? ScalarType.Byte : ScalarType.Int16;
        _image = Memory([samples, channels, .. Sizes(shapes[0])], ScalarType.Float32, isPinned);
        _targets = [.. shapes.Select(shape => Memory([samples, .. Sizes(shape)], type, isPinned))];
    }

    /// <summary>Number of patches.</summary>
    public int Samples { get; }

    /// <summary>Channels of the image.</summary>
    public int Channels { get; }

    /// <summary>The targets' shapes, finest first; the first is the patch.</summary>
    public IReadOnlyList<Shape3> Shapes { get; }

    /// <summary>The types of the targets before they are moved.</summary>
    public IReadOnlyList<ScalarType> TargetTypes => [.. _targets.Select(target => target.dtype)];

    /// <summary>How many transfers to another device there were.</summary>
    public int Transfers { get; private set; }

    /// <summary>Bytes of these transfers.</summary>
    public long TransferredBytes { get; private set; }

    /// <summary>[N, C, D, H, W].</summary>
    public Span<float> Image => MemoryMarshal.Cast<byte, float>(_image.bytes);

    /// <summary>Writes the class indices of one sample.</summary>
    /// <param name="resolution">0 is the finest.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="labels">One for each voxel of the resolution.</param>
    public void WriteTarget(int resolution, int sample, ReadOnlySpan<short> labels)
    {
        var bytes = _targets[resolution].bytes;
        switch (_targets[resolution].dtype)
        {
            case ScalarType.Int64: Write(MemoryMarshal.Cast<byte, long>(bytes), sample, labels); break;
            case ScalarType.Int16: Write(MemoryMarshal.Cast<byte, short>(bytes), sample, labels); break;
            default: Write(bytes, sample, labels); break;
        }
    }

    /// <summary>Gives the batch to its consumer, who disposes it; this one holds nothing afterwards.</summary>
    /// <param name="device">Where the batch goes.</param>
    public Batch MoveTo(Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return new(_image, _targets);
        }

        // The caller owns the result, whatever dispose scope is open around the call. libtorch keeps pinned memory until its transfer is over.
        using var scope = NewDisposeScope();
        using var staged = this;
        return new(
            Transferred(_image, device).DetachFromDisposeScope(),
            [.. _targets.Select(target => Transferred(target, device).to(ScalarType.Int64).DetachFromDisposeScope())]);
    }

    /// <summary>The class indices of a resolution.</summary>
    public long[] TargetValues(int resolution)
    {
        using var wide = _targets[resolution].to(ScalarType.Int64);
        return wide.data<long>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _image.Dispose();
        Array.ForEach(_targets, target => target.Dispose());
    }

    private Tensor Transferred(Tensor tensor, Device device)
    {
        Transfers++;
        TransferredBytes += tensor.NumberOfElements * tensor.ElementSize;
        return tensor.to(device, non_blocking: true);
    }

    private static void Write<T>(Span<T> targets, int sample, ReadOnlySpan<short> labels)
        where T : INumber<T>
    {
        targets = targets.Slice(sample * labels.Length, labels.Length);
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = T.CreateTruncating(labels[i]);
        }
    }

    private static long[] Sizes(Shape3 shape) => [shape.Z, shape.Y, shape.X];

    private static Tensor Memory(long[] sizes, ScalarType type, bool isPinned)
    {
        // TorchSharp cannot allocate pinned memory: it copies a tensor there. That of a single value is quick to copy.
        var memory = isPinned ? zeros(1, dtype: type).expand(sizes).pin_memory() : empty(sizes, type);
        return memory.DetachFromDisposeScope();
    }
}
