using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using CsCheck;

namespace AdwUNet.Data.Tests.Imaging;

public class NiftiRoundTripTests
{
    private const int Tries = 150;

    private static readonly Gen<string> GenName = Gen.OneOf("a.nii", "a.nii.gz", "a.hdr", "a.img", "a.img.gz", "A.NII.GZ");

    private static readonly Gen<double> GenPart = Gen.Double[-0.5, 0.5];

    private static readonly Gen<NiftiHeader> GenHeader =
        from shape in Gen.Select(Gen.Int[1, 7], Gen.Int[1, 6], Gen.Int[1, 5], (z, y, x) => new Shape3(z, y, x))
        from channels in Gen.Int[1, 3]
        from spacing in Gen.Float[0.25f, 5f].Array[3]
        from type in Gen.Enum<NiftiDataType>()
        from bigEndian in Gen.Bool
        from version in Gen.Int[1, 2]
        from codes in Gen.Int[0, 4].Array[2]
        from sform in Gen.Float[-300f, 300f].Array[12]
        from quaternion in GenPart.Array[3]
        from factor in Gen.OneOf(-1, 1)
        from description in Gen.String[Gen.Char['\u0020', '\u00ff'], 0, 79]
        select new NiftiHeader
        {
            Shape = shape,
            Channels = channels,
            Spacing = new Spacing3(spacing[0], spacing[1], spacing[2]),
            DataType = type,
            IsBigEndian = bigEndian,
            Version = version,
            QformCode = codes[0],
            SformCode = codes[1],
            Sform = Turned(sform, spacing),
            Quaternion = Array.ConvertAll(quaternion, x => (double)(float)x),
            QformOffset = [sform[0], sform[1], sform[2]],
            QformFactor = factor,
            Description = description,
        };

    private static readonly Gen<(NiftiHeader Header, double[] Values)> GenImage =
        from header in GenHeader
        from values in GenValue(header.DataType).Array[(int)header.Count]
        select (header, values);

    [Fact]
    public void What_is_written_is_read_in_every_type_order_standard_and_form()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Gen.Select(GenImage, GenName).Sample(
            (image, name) =>
            {
                var path = folder.PathOf(name);
                Nifti.Write(path, new NiftiImage(image.Header, image.Values));
                var read = Nifti.Read(path);
                Assert.Equal(image.Values, read.Values);
                AssertSamePlace(image.Header, read.Header);
                Assert.Equal(image.Header.DataType, read.Header.DataType);
                Assert.Equal(image.Header.IsBigEndian, read.Header.IsBigEndian);
                Assert.Equal(image.Header.Channels, read.Header.Channels);
                Assert.Equal(image.Values.Select(value => (float)value), Nifti.ReadVolume(path).Data);
            },
            iter: Tries,
            threads: 1);
    }

    [Fact]
    public void Scaled_values_come_back_within_half_a_step()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Gen.Select(GenHeader, Gen.Double[0.01, 10], Gen.Double[-500, 500]).Sample(
            (header, slope, intercept) =>
            {
                header = header with { Version = 2, DataType = NiftiDataType.Int16, Slope = slope, Intercept = intercept };
                var values = Enumerable.Range(0, (int)header.Count).Select(i => i * slope * 0.37 + intercept).ToArray();
                Nifti.Write(folder.PathOf("a.nii"), new NiftiImage(header, values));
                var read = Nifti.Read(folder.PathOf("a.nii"));
                Assert.Equal(slope, read.Header.Slope);
                Assert.Equal(intercept, read.Header.Intercept);
                for (var i = 0; i < values.Length; i++) Assert.Equal(values[i], read.Values[i], slope * 0.5 + 1e-9);
            },
            iter: Tries,
            threads: 1);
    }

    [Fact]
    public void Labels_come_back_in_the_place_of_their_image()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Gen.Select(GenHeader, Gen.OneOf((short)-1, (short)0), Gen.OneOf<short>(2, 200, 3000), Gen.Int, GenName).Sample(
            (like, smallest, largest, seed, name) =>
            {
                var random = new Random(seed);
                var data = new short[like.Shape.Count];
                for (var i = 0; i < data.Length; i++) data[i] = (short)random.Next(smallest, largest + 1);
                (data[0], data[^1]) = (smallest, largest);
                var path = folder.PathOf(name);
                Nifti.WriteLabels(path, new LabelMap(data, like.Shape, like.Spacing), like);

                var labels = Nifti.ReadLabels(path);
                var header = Nifti.ReadHeader(path);
                Assert.Equal(data, labels.Data);
                Assert.Equal(like.Spacing, labels.Spacing);
                AssertSamePlace(like, header);
                Assert.Equal(SmallestType(data.Min(), largest), header.DataType);
                Assert.True(header.IsUnscaled);
            },
            iter: Tries,
            threads: 1);
    }

    [Fact]
    public void A_volume_keeps_its_channels_and_values_bit_by_bit()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        float[] data = [1.5f, float.NaN, float.NegativeInfinity, -0f, float.MaxValue, 1e-40f, 0.1f, 8];
        Nifti.WriteVolume(folder.PathOf("v.nii.gz"), new Volume(data, 2, new Shape3(1, 2, 2), new Spacing3(3, 2, 1)));
        var volume = Nifti.ReadVolume(folder.PathOf("v.nii.gz"));
        Assert.Equal(data.Select(BitConverter.SingleToInt32Bits), volume.Data.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal((2, new Shape3(1, 2, 2), new Spacing3(3, 2, 1)), (volume.Channels, volume.Shape, volume.Spacing));
        var affine = Nifti.ReadHeader(folder.PathOf("v.nii.gz")).Affine;
        Assert.Equal((1.0, 2.0, 3.0, 0.0), (affine[0, 0], affine[1, 1], affine[2, 2], affine[0, 3]));
    }

    [Fact]
    public void More_voxels_than_NIfTI_1_can_count_become_NIfTI_2()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var labels = new LabelMap(new short[40_000], new Shape3(1, 1, 40_000), new Spacing3(1, 1, 1));
        Nifti.WriteLabels(folder.PathOf("long.nii.gz"), labels);
        var header = Nifti.ReadHeader(folder.PathOf("long.nii.gz"));
        Assert.Equal((2, 40_000), (header.Version, header.Shape.X));
    }

    /// <summary>An affine whose columns are at right angles and as long as the spacing: a rotation about z by the first value, and a place.</summary>
    private static double[] Turned(float[] values, float[] spacing)
    {
        var (sin, cos) = Math.SinCos(values[0]);
        double[] rows =
        [
            cos * spacing[2], -sin * spacing[1], 0, values[1],
            sin * spacing[2], cos * spacing[1], 0, values[2],
            0, 0, -spacing[0], values[3],
        ];
        return Array.ConvertAll(rows, value => (double)(float)value); // as the file has them
    }

    private static NiftiDataType SmallestType(short smallest, short largest) => (smallest, largest) switch
    {
        ( >= 0, <= 255) => NiftiDataType.UInt8,
        ( >= 0, _) => NiftiDataType.UInt16,
        (_, <= 127) => NiftiDataType.Int8,
        _ => NiftiDataType.Int16,
    };

    private static void AssertSamePlace(NiftiHeader expected, NiftiHeader actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.Spacing, actual.Spacing);
        Assert.Equal(expected.Affine, actual.Affine);
        Assert.Equal(expected.Quaternion, actual.Quaternion);
        Assert.Equal(
            (expected.QformCode, expected.SformCode, expected.QformFactor, expected.Units, expected.Description, expected.Version),
            (actual.QformCode, actual.SformCode, actual.QformFactor, actual.Units, actual.Description, actual.Version));
    }

    /// <summary>Values that the type and double precision both hold.</summary>
    private static Gen<double> GenValue(NiftiDataType type) => type switch
    {
        NiftiDataType.UInt8 => Gen.Byte.Select(x => (double)x),
        NiftiDataType.Int8 => Gen.SByte.Select(x => (double)x),
        NiftiDataType.UInt16 => Gen.UShort.Select(x => (double)x),
        NiftiDataType.Int16 => Gen.Short.Select(x => (double)x),
        NiftiDataType.UInt32 => Gen.UInt.Select(x => (double)x),
        NiftiDataType.Int32 => Gen.Int.Select(x => (double)x),
        NiftiDataType.UInt64 => Gen.Long[0, 1L << 53].Select(x => (double)x),
        NiftiDataType.Int64 => Gen.Long[-(1L << 53), 1L << 53].Select(x => (double)x),
        NiftiDataType.Float32 => Gen.Float.Select(x => (double)x),
        _ => Gen.Double,
    };
}
