using System.IO.Compression;
using AdwUNet.Imaging;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Imaging;

/// <summary>Whatever a file holds, it is read or refused, and takes no more memory than it can fill.</summary>
public class NiftiFuzzTests
{
    private const int Tries = 4000;
    private const int HeaderLength = 352;
    private const int MostChanges = 4;

    /// <summary>Buffers of a fixed size, the error with its stack trace, and per byte of the file what deflate can make of it.</summary>
    private const long FixedAllocation = 1 << 20;

    private const long AllocationPerByte = 40;

    private static readonly byte[] Extremes = [0, 1, 0x7f, 0x80, 0xff];

    [Theory]
    [InlineData("bigendian_scaled.nii")]
    [InlineData("int16.nii.gz")]
    [InlineData("nifti2.nii.gz")]
    [InlineData("pair.hdr")]
    [InlineData("fourd.nii.gz")]
    public void A_changed_header_is_read_or_refused(string name) => Fuzz(name, inside: true);

    [Theory]
    [InlineData("int16.nii.gz")]
    [InlineData("nifti2.nii.gz")]
    public void A_changed_gzip_stream_is_read_or_refused(string name) => Fuzz(name, inside: false);

    private static void Fuzz(string name, bool inside)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var path = folder.PathOf(name);
        if (name == "pair.hdr") File.Copy(GoldenFiles.PathOf("nifti", "pair.img"), folder.PathOf("pair.img"));
        var isCompressed = name.EndsWith(".gz", StringComparison.Ordinal);
        var original = File.ReadAllBytes(GoldenFiles.PathOf("nifti", name));
        if (inside && isCompressed) original = Decompress(original);
        var random = new Random(3);
        var refused = 0;
        for (var i = 0; i < Tries; i++)
        {
            var bytes = Change(original, random, inside);
            File.WriteAllBytes(path, inside && isCompressed ? Compress(bytes) : bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var volume = Nifti.ReadVolume(path);
                Assert.Equal(volume.Data.Length, volume.Channels * volume.Shape.Count);
            }
            catch (NiftiException e)
            {
                Assert.Contains(folder.Root, e.Message, StringComparison.Ordinal);
                refused++;
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(allocated, 0, FixedAllocation + AllocationPerByte * original.Length);
        }

        Assert.InRange(refused, Tries / 10, Tries);
    }

    private static byte[] Change(byte[] original, Random random, bool inside)
    {
        var bytes = (byte[])original.Clone();
        for (var changes = random.Next(1, MostChanges + 1); changes > 0; changes--)
        {
            var place = random.Next(inside ? Math.Min(HeaderLength, bytes.Length) : bytes.Length);
            bytes[place] = random.Next(2) == 0 ? (byte)random.Next(256) : Extremes[random.Next(Extremes.Length)];
        }

        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest)) gzip.Write(bytes);
        return result.ToArray();
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(result);
        return result.ToArray();
    }
}
