using System.IO.Compression;
using System.Text;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Imaging;

/// <summary>NRRD and MetaImage: files as Slicer and ITK write them, by their formats' specifications, and what this library writes itself.</summary>
public class ImageFormatTests
{
    // 2 × 3 × 2 voxels of 16 bits: 0, 1, 2 ...
    private static readonly byte[] Voxels = [.. Enumerable.Range(0, 12).SelectMany(i => BitConverter.GetBytes((short)i))];

    private static readonly string[] Endings = [".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd"];

    [Theory]
    [InlineData("raw")]
    [InlineData("gzip")]
    public void An_nrrd_of_Slicer_is_read(string encoding)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("x.nrrd");
        File.WriteAllBytes(path, [.. Header($"""
            NRRD0004
            # Complete NRRD file format specification at:
            # http://teem.sourceforge.net/nrrd/format.html
            type: short
            dimension: 3
            space: left-posterior-superior
            sizes: 2 3 2
            space directions: (0.5,0,0) (0, 0.75, 0) (0,0,3)
            kinds: domain domain domain
            endian: little
            encoding: {encoding}
            space origin: (10,20,-30)
            Segment0_Name:=a: name = 1


            """), .. encoding == "raw" ? Voxels : Gzip(Voxels)]);
        AssertIsTheImage(path, new Spacing3(3, 0.75, 0.5), [-0.5, 0, 0, -10, 0, -0.75, 0, -20, 0, 0, 3, -30]);
    }

    [Fact]
    public void An_nrrd_with_its_voxels_in_another_file_in_big_endian_and_micrometres_is_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.PathOf("x.raw"), [1, 2, 3, .. Voxels.Chunk(2).SelectMany(pair => pair.Reverse())]);
        var path = folder.Write("x.nhdr", """
            NRRD0005
            type: int16
            dimension: 3
            space: RAS
            sizes: 2 3 2
            space directions: (500,0,0) (0,750,0) (0,0,3000)
            space units: "um" "um" "um"
            endian: big
            encoding: raw
            byte skip: -1
            data file: x.raw
            """);
        AssertIsTheImage(path, new Spacing3(3, 0.75, 0.5), [0.5, 0, 0, 0, 0, 0.75, 0, 0, 0, 0, 3, 0]);
    }

    [Theory]
    [InlineData("none (1,0,0) (0,1,0) (0,0,1)", "2 2 3 1", true)]
    [InlineData("(1,0,0) (0,1,0) (0,0,1) none", "2 3 1 2", false)]
    public void Channels_of_an_nrrd_are_its_first_or_last_axis(string directions, string sizes, bool isFirst)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("x.nrrd");
        File.WriteAllBytes(path, [.. Header($"NRRD0004\ntype: short\ndimension: 4\nspace: RAS\nsizes: {sizes}\nspace directions: {directions}\nendian: little\nencoding: raw\n\n"), .. Voxels]);
        var volume = ImageFile.ReadVolume(path);
        Assert.Equal((2, new Shape3(1, 3, 2)), (volume.Channels, volume.Shape));
        Assert.Equal(isFirst ? [0f, 2, 4, 6, 8, 10] : [0f, 1, 2, 3, 4, 5], volume.Channel(0).ToArray());
    }

    [Theory]
    [InlineData("False", "")]
    [InlineData("True", "")]
    [InlineData("True", "CompressedDataSize = {0}\n")]
    public void A_MetaImage_of_ITK_is_read(string compressed, string size)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("x.mha");
        var data = compressed == "True" ? Zlib(Voxels) : Voxels;
        var header = $"""
            ObjectType = Image
            NDims = 3
            BinaryData = True
            BinaryDataByteOrderMSB = False
            CompressedData = {compressed}
            {string.Format(null, size, data.Length)}TransformMatrix = 0 1 0 -1 0 0 0 0 1
            Offset = 10 20 -30
            CenterOfRotation = 0 0 0
            AnatomicalOrientation = RAI
            ElementSpacing = 0.5 0.75 3
            DimSize = 2 3 2
            ElementType = MET_SHORT
            ElementDataFile = LOCAL

            """;
        File.WriteAllBytes(path, [.. Header(header), .. data]);

        // The first axis points to the back (row 0 of the matrix), the second to the right.
        AssertIsTheImage(path, new Spacing3(3, 0.75, 0.5), [0, 0.75, 0, -10, -0.5, 0, 0, -20, 0, 0, 3, -30]);
    }

    [Fact]
    public void A_MetaImage_with_its_voxels_in_another_file_interleaved_is_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.PathOf("x.raw"), Voxels);
        var path = folder.Write("x.mhd", """
            ObjectType = Image
            NDims = 3
            DimSize = 2 3 1
            ElementSpacing = 1 1 2
            ElementNumberOfChannels = 2
            ElementType = MET_SHORT
            ElementDataFile = x.raw
            """);
        var volume = ImageFile.ReadVolume(path);
        Assert.Equal((2, new Shape3(1, 3, 2), new Spacing3(2, 1, 1)), (volume.Channels, volume.Shape, volume.Spacing));
        Assert.Equal([1f, 3, 5, 7, 9, 11], volume.Channel(1).ToArray());
    }

    [Fact]
    public void Every_format_is_written_from_every_other_with_the_same_voxels_at_the_same_place()
    {
        using var folder = new TemporaryFolder();
        var shape = new Shape3(3, 4, 5);
        var (sin, cos) = Math.SinCos(0.4);
        var place = ImageHeader.Of(NiftiHeader.Create(shape, new Spacing3(2.5, 0.7, 0.9)) with
        {
            Sform = [.. new[] { -cos * 0.9, -sin * 0.7, 0, 12.5, sin * 0.9, -cos * 0.7, 0, 7.25, 0, 0, -2.5, 30.125 }.Select(value => (double)(float)value)],
        });
        Volume image = new([.. Enumerable.Range(0, 120).Select(i => i * 0.37f)], 2, shape, place.Spacing);
        LabelMap labels = new([.. Enumerable.Range(0, 60).Select(i => (short)(i * 11))], shape, place.Spacing);
        foreach (var first in Endings)
        {
            var start = folder.PathOf("start" + first);
            ImageFile.WriteVolume(start, image, place);
            var header = ImageFile.ReadHeader(start);
            AssertSamePlace(place.Affine, header.Affine, 1e-5);
            foreach (var second in Endings)
            {
                var (volumePath, labelPath) = (folder.PathOf("image" + second), folder.PathOf("labels" + second));
                ImageFile.WriteVolume(volumePath, ImageFile.ReadVolume(start), header);
                ImageFile.WriteLabels(labelPath, labels, header);
                var read = ImageFile.ReadVolume(volumePath);
                Assert.Equal(image.Data, read.Data);
                Assert.Equal(labels.Data, ImageFile.ReadLabels(labelPath).Data);
                var isSameFormat = Path.GetExtension(first)[..3] == Path.GetExtension(second)[..3];
                AssertSamePlace(header.Affine, ImageFile.ReadHeader(labelPath).Affine, isSameFormat ? 0 : 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("x.nii.bz2", "bunzip2")]
    [InlineData("x.dcm", "dcm2niix")]
    [InlineData("x.mgz", "mri_convert")]
    [InlineData("x.mnc", "mnc2nii")]
    [InlineData("x.HEAD", "3dAFNItoNIFTI")]
    [InlineData("x.png", "SimpleITK")]
    [InlineData("x.npy", "nibabel")]
    [InlineData("x.zip", "unpack")]
    [InlineData("x.xyz", "the name ends in none of .nii, .nii.gz")]
    public void Another_format_is_refused_by_name_with_its_converter(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<ImageException>(() => ImageFile.ReadHeader(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("x.nii", "DICM", 128, "dcm2niix")]
    [InlineData("IM0001", "DICM", 128, "dcm2niix")]
    [InlineData("x.nii", "NRRD0004\n", 0, "rename it to end in .nrrd")]
    [InlineData("x.mha", "NRRD0004\n", 0, "rename it to end in .nrrd")]
    [InlineData("x.nrrd", "ObjectType = Image\n", 0, "rename it to end in .mha")]
    [InlineData("x.nrrd", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", 0, "git lfs pull")]
    [InlineData("x.mha", "<!DOCTYPE html><html>", 0, "web page")]
    [InlineData("x.nii.gz", "BZh91AY", 0, "bunzip2")]
    public void A_file_of_another_format_than_its_name_is_refused_by_what_it_is(string name, string text, int offset, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.PathOf(name), [.. new byte[offset], .. Encoding.ASCII.GetBytes(text)]);
        var error = Assert.Throws<ImageException>(() => ImageFile.ReadVolume(folder.PathOf(name)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder.PathOf(name), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NRRD0004\ntype: block\n", "'type' is 'block'")]
    [InlineData("NRRD0004\nencoding: ascii\n", "the encoding is 'ascii'")]
    [InlineData("NRRD0004\nspace directions: (1,0,0) (0.5,1,0) (0,0,1)\n", "shear")]
    [InlineData("NRRD0004\nspace directions: (1,0,0) (0,1,0) (0,0,0)\n", "its column is zero")]
    [InlineData("NRRD0004\ndata file: ../y.raw\n", "leaves the header's folder")]
    [InlineData("NRRD0004\ndata file: LIST\n", "several files")]
    [InlineData("NRRD0004\nsizes: 2 3 400\n", "the header asks for")]
    [InlineData("NRRD0004\nsizes: 2 3 0\n", "at least 1")]
    [InlineData("NRRD0004\nsizes: 2 3\ndimension: 2\n", "2 dimension(s)")]
    [InlineData("NRRD0004\nspace: moon\n", "the space is 'moon'")]
    [InlineData("NRRD0004\nendian:\n", "'endian:' is not a field")]
    public void A_faulty_nrrd_is_refused_by_its_field(string start, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("x.nrrd");
        (string Name, string Value)[] fields =
            [("type", "short"), ("dimension", "3"), ("space", "RAS"), ("sizes", "2 3 2"), ("space directions", "(1,0,0) (0,1,0) (0,0,1)"), ("endian", "little"), ("encoding", "raw")];
        var rest = fields.Where(field => !start.Contains($"\n{field.Name}:", StringComparison.Ordinal)).Select(field => $"{field.Name}: {field.Value}\n");
        File.WriteAllBytes(path, [.. Header(start + string.Concat(rest) + "\n"), .. Voxels]);
        Assert.Contains(expected, Assert.Throws<ImageException>(() => ImageFile.ReadVolume(path)).Message, StringComparison.Ordinal);
    }

    private static void AssertIsTheImage(string path, Spacing3 spacing, double[] affine)
    {
        var header = ImageFile.ReadHeader(path);
        Assert.Equal(new Shape3(2, 3, 2), header.Shape);
        AssertSamePlace(affine, [.. header.Affine.Cast<double>().Take(12)], 1e-12);
        Assert.All(Enumerable.Range(0, 3), axis => Assert.Equal((float)spacing[axis], header.Spacing[axis]));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), ImageFile.ReadVolume(path).Data);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (short)i), ImageFile.ReadLabels(path).Data);
    }

    private static void AssertSamePlace(double[,] expected, double[,] found, double tolerance) =>
        AssertSamePlace([.. expected.Cast<double>()], [.. found.Cast<double>()], tolerance);

    private static void AssertSamePlace(double[] expected, double[] found, double tolerance) =>
        Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - tolerance, pair.First + tolerance));

    private static byte[] Header(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"));

    private static byte[] Gzip(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest)) gzip.Write(bytes);
        return result.ToArray();
    }

    private static byte[] Zlib(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var zlib = new ZLibStream(result, CompressionLevel.Fastest)) zlib.Write(bytes);
        return result.ToArray();
    }
}
