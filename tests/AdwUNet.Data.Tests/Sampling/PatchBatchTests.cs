using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AdwUNet.Imaging;
using AdwUNet.Sampling;
using TorchSharp;

namespace AdwUNet.Data.Tests.Sampling;

public class PatchBatchTests
{
    private static readonly Shape3 Patch = new(2, 3, 4);
    private static readonly short[] Labels = [.. Enumerable.Range(0, (int)Patch.Count).Select(i => (short)i)];

    // A device without memory: a transfer to it is one call, and no machine lacks it.
    private static readonly torch.Device Meta = torch.META;

    [Fact]
    public void On_the_cpu_the_consumer_gets_the_memory_that_was_written()
    {
        var written = new PatchBatch(1, 2, [Patch], labels: 3, torch.CPU);
        written.Image.Fill(1);
        ref var first = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(written.Image));
        using var batch = written.MoveTo(torch.CPU);
        Assert.True(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(batch.Image.bytes)));
        Assert.Equal(0, written.Transfers);
        Assert.Equal(1f, batch.Image.min().item<float>());
    }

    [Theory]
    [InlineData(3, torch.ScalarType.Byte)]
    [InlineData(256, torch.ScalarType.Byte)]
    [InlineData(257, torch.ScalarType.Int16)]
    public void For_another_device_targets_have_the_smallest_type_until_they_are_there(int labels, torch.ScalarType type)
    {
        var staged = new PatchBatch(2, 1, [Patch], labels, Meta);
        staged.WriteTarget(0, 1, Labels);
        Assert.Equal([type], staged.TargetTypes);
        using var batch = staged.MoveTo(Meta);
        Assert.Equal((DeviceType.META, torch.ScalarType.Int64), (batch.Targets[0].device_type, batch.Targets[0].dtype));
        Assert.Equal((DeviceType.META, torch.ScalarType.Float32), (batch.Image.device_type, batch.Image.dtype));
        Assert.Equal(5, batch.Image.dim());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Every_type_of_target_holds_the_labels_of_its_sample(int labels)
    {
        foreach (var device in new[] { torch.CPU, Meta })
        {
            using var batch = new PatchBatch(2, 1, [Patch], labels, device);
            batch.WriteTarget(0, 0, new short[Labels.Length]);
            batch.WriteTarget(0, 1, Labels);
            Assert.Equal([.. new long[Labels.Length], .. Labels.Select(label => (long)label)], batch.TargetValues(0));
        }
    }

    [Fact]
    public void A_transfer_moves_every_byte_once()
    {
        var staged = new PatchBatch(2, 3, [Patch, new(1, 3, 2)], labels: 3, Meta);
        using var batch = staged.MoveTo(Meta);
        Assert.Equal((2 * 3 * 24 * sizeof(float)) + (2 * 24) + (2 * 6), staged.TransferredBytes);
        Assert.Equal(3, staged.Transfers);
    }
}
