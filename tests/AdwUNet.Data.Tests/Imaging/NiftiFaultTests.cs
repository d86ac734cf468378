using System.IO.Compression;
using AdwUNet.Imaging;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Imaging;

/// <summary>Files that are not whole, or not what their names say, and files that cannot be written.</summary>
public class NiftiFaultTests
{
    private static readonly LabelMap Labels =
        new(Enumerable.Range(0, 24).Select(i => (short)(i % 3)).ToArray(), new Shape3(2, 3, 4), new Spacing3(1, 1, 1));

    [Fact]
    public void A_gzip_file_cut_at_any_byte_is_refused()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var whole = File.ReadAllBytes(GoldenFiles.PathOf("nifti", "uint8.nii.gz"));
        var path = folder.PathOf("cut.nii.gz");
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            Assert.Throws<ImageException>(() => Nifti.ReadVolume(path));
        }

        File.WriteAllBytes(path, whole);
        Assert.Equal(Nifti.ReadVolume(GoldenFiles.PathOf("nifti", "uint8.nii.gz")).Data, Nifti.ReadVolume(path).Data);
    }

    [Fact]
    public void A_gzip_file_with_any_bit_changed_is_refused_or_read_as_it_was()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var whole = File.ReadAllBytes(GoldenFiles.PathOf("nifti", "uint8.nii.gz"));
        var expected = Nifti.ReadVolume(GoldenFiles.PathOf("nifti", "uint8.nii.gz")).Data;
        var path = folder.PathOf("changed.nii.gz");
        var harmless = 0;
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var changed = (byte[])whole.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, changed);
            try
            {
                Assert.Equal(expected, Nifti.ReadVolume(path).Data);
                harmless++;
            }
            catch (ImageException)
            {
                // Refused, as it should be.
            }
        }

        // Time, system, file name and some flags of the gzip header, and the bits that fill up the last byte of the data.
        const int LongestGzipHeader = 32;
        Assert.InRange(harmless, 1, (LongestGzipHeader + 1) * 8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void A_gzip_file_of_several_members_is_one_image(int member)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var data = new float[60_000];
        for (var i = 0; i < data.Length; i++) data[i] = random.NextSingle();
        var volume = new Volume(data, 1, new Shape3(1, 200, 300), new Spacing3(1, 1, 1));
        Nifti.WriteVolume(folder.PathOf("one.nii"), volume);
        var plain = File.ReadAllBytes(folder.PathOf("one.nii"));
        using (var file = File.Create(folder.PathOf("many.nii.gz")))
        {
            foreach (var part in (byte[][])[plain[..member], plain[member..]])
            {
                using var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
                gzip.Write(part);
            }
        }

        Assert.Equal(data, Nifti.ReadVolume(folder.PathOf("many.nii.gz")).Data);
    }

    [Fact]
    public void A_compressed_file_whose_voxels_end_early_allocates_in_proportion_to_its_size()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("lying.nii.gz");
        var noise = new byte[1 << 20];
        new Random(2).NextBytes(noise);
        WriteLyingFile(folder, path, noise);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<ImageException>(() => Nifti.ReadVolume(path));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains("the file ends before", error.Message, StringComparison.Ordinal);

        // The header asks for 800 MB as float; room for 8 times the file's bytes is taken before any came.
        Assert.InRange(allocated, 0, 16 * new FileInfo(path).Length);
    }

    [Theory]
    [InlineData(1.5, "x 1, y 2, z 1 is 1.5")]
    [InlineData(40_000, "x 1, y 2, z 1 is 40000")]
    [InlineData(double.NaN, "x 1, y 2, z 1 is NaN")]
    public void A_label_that_is_no_whole_number_is_named(double value, string expected)
    {
        using var folder = new TemporaryFolder();
        var values = Array.ConvertAll(Labels.Data, label => (double)label);
        values[Labels.Shape.Offset(1, 2, 1)] = value;
        var header = NiftiHeader.Create(Labels.Shape, Labels.Spacing) with { DataType = NiftiDataType.Float64 };
        Nifti.Write(folder.PathOf("l.nii"), new NiftiImage(header, values));
        var error = Assert.Throws<ImageException>(() => Nifti.ReadLabels(folder.PathOf("l.nii")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_several_channels_are_refused() => Assert.Contains(
        "4 channels",
        Assert.Throws<ImageException>(() => Nifti.ReadLabels(GoldenFiles.PathOf("nifti", "fourd.nii.gz"))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("missing.nii.gz", "the file does not exist")]
    [InlineData("image.mha", "the name ends in none of")]
    [InlineData(".", "the name ends in none of")]
    [InlineData("folder.nii", "this is a folder")]
    [InlineData("alone.hdr", "alone.img: the file does not exist")]
    [InlineData("compressed.nii", "is compressed with gzip; rename it")]
    public void A_name_without_an_image_is_refused(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.PathOf("folder.nii"));
        File.Copy(GoldenFiles.PathOf("nifti", "pair.hdr"), folder.PathOf("alone.hdr"));
        File.Copy(GoldenFiles.PathOf("nifti", "int8.nii.gz"), folder.PathOf("compressed.nii"));
        var error = Assert.Throws<ImageException>(() => Nifti.ReadHeader(folder.PathOf(name)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("l.nii");
        Directory.CreateDirectory(path);
        var error = Assert.Throws<ImageException>(() => Nifti.WriteLabels(path, Labels));
        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Root));

        File.WriteAllText(folder.PathOf("kept"), "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.PathOf("kept"), stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(folder.PathOf("kept")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
        Assert.Throws<ImageException>(() => Nifti.WriteLabels(folder.PathOf("no such folder", "l.nii"), Labels));
    }

    [Fact]
    public void A_header_of_another_shape_places_nothing() => Assert.Throws<ArgumentException>(
        () => Nifti.WriteLabels("x.nii", Labels, NiftiHeader.Create(new Shape3(2, 3, 5), new Spacing3(1, 1, 1))));

    /// <summary>A header that asks for 200 million bytes, and a file that has noise instead and less of it.</summary>
    private static void WriteLyingFile(TemporaryFolder folder, string path, byte[] noise)
    {
        const int HeaderLength = 352;
        var shape = new Shape3(1, 1, 8);
        Nifti.WriteLabels(folder.PathOf("small.nii"), new LabelMap(new short[8], shape, new Spacing3(1, 1, 1)));
        var header = File.ReadAllBytes(folder.PathOf("small.nii"))[..HeaderLength];
        foreach (var (offset, size) in (ReadOnlySpan<(int, short)>)[(42, 20_000), (44, 10_000)])
            BitConverter.TryWriteBytes(header.AsSpan(offset), size);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.NoCompression);
        gzip.Write(header);
        gzip.Write(noise);
    }
}
