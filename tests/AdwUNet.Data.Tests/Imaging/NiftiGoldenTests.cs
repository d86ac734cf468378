using System.Text.Json;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Imaging;

/// <summary>Files that nibabel wrote, and what it reads from them: <c>golden/nifti</c>.</summary>
public class NiftiGoldenTests
{
    /// <summary>nibabel computes the affine partly in single precision.</summary>
    private const double AffineTolerance = 1e-6;

    private static readonly JsonElement Manifest =
        JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.PathOf("nifti", "manifest.json"))).RootElement;

    public static TheoryData<string> Files =>
        [.. Manifest.GetProperty("files").EnumerateObject().Select(file => file.Name)];

    public static TheoryData<string> Malformed =>
        [.. Directory.GetFiles(GoldenFiles.PathOf("nifti", "malformed")).Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Values_equal_those_of_golden_nifti(string name)
    {
        var expected = Npy.Read(GoldenFiles.PathOf("nifti", Entry(name).GetProperty("expected").GetString()!));
        var image = Nifti.Read(GoldenFiles.PathOf("nifti", name));
        var shape = image.Header.Shape;
        var channels = expected.Shape.Length > 3 ? expected.Shape[3] : 1;
        Assert.Equal(new Shape3(expected.Shape[2], expected.Shape[1], expected.Shape[0]), shape);
        Assert.Equal(channels, image.Header.Channels);

        // NumPy's order (x, y, z, t), last index fastest, against ours (t, z, y, x).
        var values = expected.ToDoubles();
        var volume = Nifti.ReadVolume(GoldenFiles.PathOf("nifti", name));
        var (stored, scaled) = (new List<double>(), new List<double>());
        for (var x = 0; x < shape.X; x++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var z = 0; z < shape.Z; z++)
                {
                    for (var c = 0; c < channels; c++)
                    {
                        stored.Add(image.Values[(int)(c * shape.Count) + shape.Offset(z, y, x)]);
                        scaled.Add(volume[c, z, y, x]);
                    }
                }
            }
        }

        Near.Same("nifti", "voxels", values, stored);
        Near.Same("nifti", "voxels in single precision", values.Select(value => (double)(float)value), scaled);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Place_in_space_equals_that_of_golden_nifti(string name)
    {
        var entry = Entry(name);
        var header = Nifti.ReadHeader(GoldenFiles.PathOf("nifti", name));
        var zooms = entry.GetProperty("zooms").EnumerateArray().Select(zoom => zoom.GetDouble()).ToArray();
        Near.Same("nifti", "spacing", new Spacing3(zooms[2], zooms[1], zooms[0]), header.Spacing);
        var expected = entry.GetProperty("affine");
        for (var row = 0; row < 4; row++)
        {
            for (var column = 0; column < 4; column++)
            {
                Near.Compare(Quantity.Absolute("nifti", "affine", AffineTolerance), expected[row][column].GetDouble(), header.Affine[row, column], name);
            }
        }
    }

    [Fact]
    public void Both_names_of_a_pair_open_it() => Assert.Equal(
        Nifti.Read(GoldenFiles.PathOf("nifti", "pair.img")).Values, Nifti.Read(GoldenFiles.PathOf("nifti", "pair.hdr")).Values);

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Golden_nifti_malformed_is_refused_by_name_without_allocating_what_it_asks_for(string name)
    {
        var path = GoldenFiles.PathOf("nifti", "malformed", name);
        foreach (var read in (Action[])[() => Nifti.Read(path), () => Nifti.ReadVolume(path), () => Nifti.ReadLabels(path)])
        {
            Assert.Throws<ImageException>(read);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<ImageException>(read);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(path, error.Path);
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.Contains(FaultOf(name), error.Fault, StringComparison.Ordinal);
            Assert.InRange(allocated, 0, LargestAllocation);
        }
    }

    /// <summary>Buffers of a fixed size and the error itself; <c>huge_dims</c> asks for far more.</summary>
    private const long LargestAllocation = 1 << 20;

    private static JsonElement Entry(string name) => Manifest.GetProperty("files").GetProperty(name);

    private static string FaultOf(string name) => name switch
    {
        "bad_crc.nii.gz" or "truncated_gzip.nii.gz" => "the gzip stream is",
        "bad_magic.nii" => "the magic is",
        "bitpix_mismatch.nii" => "bitpix is",
        "complex_datatype.nii" or "rgb_datatype.nii" or "unknown_datatype.nii" => "datatype is",
        "dim0_is_0.nii" => "dim[0] is 0",
        "dim0_is_9.nii" => "dim[0] is 9",
        "empty.nii" => "the file is empty",
        "header_only.nii" => "past the end of the file",
        "huge_dims.nii" or "truncated_data.nii" or "huge_dims_gz.nii.gz" => "the header asks for",
        "negative_dim.nii" or "zero_dim.nii" => "expected a number of voxels of at least 1",
        "not_gzip.nii.gz" => "is not compressed with gzip",
        "pixdim_nan.nii" or "pixdim_zero.nii" => "expected a positive distance",
        "short_header.nii" => "the header breaks off after 100 bytes",
        "sizeof_hdr_wrong.nii" => "sizeof_hdr is",
        "vox_offset_nan.nii" or "vox_offset_negative.nii" or "vox_offset_past_end.nii" => "vox_offset is",
        _ => throw new ArgumentException($"no expectation for {name}", nameof(name)),
    };
}
