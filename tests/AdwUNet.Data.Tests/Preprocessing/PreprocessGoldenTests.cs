using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Preprocessing;

public class PreprocessGoldenTests
{
    // The reference computes in double and rounds once; here a value is rounded to float once more between the axes.
    private const double RelativeTolerance = 2e-7;
    private const double NormalizedTolerance = 2e-6;

    // NumPy averages in single precision.
    private static readonly Quantity Statistic = Quantity.Absolute("preprocess.npz", "mean, sd and percentiles of intensities", 1e-4);

    private const string WhyNoHippocampus = "preprocess_hippocampus.npz holds real MRI and is not part of the repository";

    private static readonly JsonElement Manifest =
        JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("manifest.json"))).RootElement.GetProperty("cases");

    public static TheoryData<string> Synthetic => Cases("preprocess");

    public static TheoryData<string> Hippocampus => Cases("preprocess_hippocampus");

    public static bool HasHippocampus => File.Exists(GoldenFiles.Hippocampus);

    [Theory]
    [MemberData(nameof(Synthetic))]
    public void Processing_equals_preprocess_npz(string name) =>
        Compare("preprocess", name, new Npz(GoldenFiles.PathOf("preprocess.npz")));

    [Theory(Skip = WhyNoHippocampus, SkipUnless = nameof(HasHippocampus))]
    [MemberData(nameof(Hippocampus))]
    public void Processing_equals_preprocess_hippocampus_npz(string name) =>
        Compare("preprocess_hippocampus", name, new Npz(GoldenFiles.Hippocampus));

    [Fact]
    public void Geometry_equals_the_table_of_preprocess_npz()
    {
        var rows = Manifest.GetProperty("preprocess").GetProperty("resample_geometry");
        Assert.NotEqual(0, rows.GetArrayLength());
        foreach (var row in rows.EnumerateArray())
        {
            var (from, to) = (Spacing(row, "original_spacing"), Spacing(row, "target_spacing"));
            Near.Same("preprocess.npz", "shapes after resampling", Shape(row, "new_shape"), Resampling.ShapeAt(Shape(row, "shape"), from, to));
            int? axis = row.GetProperty("do_separate_z").GetBoolean() ? row.GetProperty("axis")[0].GetInt32() : null;
            Near.Same("preprocess.npz", "axis resampled apart", axis, Resampling.SeparateAxis(from, to));
        }
    }

    [Fact]
    public void Intensity_statistics_equal_preprocess_npz()
    {
        var voxels = new Npz(GoldenFiles.PathOf("preprocess.npz"))["synth_ct/foreground_voxels_every_10th"].ToFloats();
        var golden = Manifest.GetProperty("preprocess").GetProperty("intensity_stats_of_synth_ct").GetProperty("0");
        var found = OrderStatistics.Describe(voxels);

        Near.Compare(Statistic, golden.GetProperty("mean").GetDouble(), found.Mean, "mean");
        Near.Compare(Statistic, golden.GetProperty("sd").GetDouble(), found.StandardDeviation, "sd");
        Near.Same("preprocess.npz", "median, least and greatest intensity", golden.GetProperty("median").GetDouble(), found.Median);
        Near.Same("preprocess.npz", "median, least and greatest intensity", golden.GetProperty("mn").GetDouble(), found.Min);
        Near.Same("preprocess.npz", "median, least and greatest intensity", golden.GetProperty("mx").GetDouble(), found.Max);
        Near.Compare(Statistic, golden.GetProperty("percentile_00_5").GetDouble(), found.Percentile005, "percentile_00_5");
        Near.Compare(Statistic, golden.GetProperty("percentile_99_5").GetDouble(), found.Percentile995, "percentile_99_5");
    }

    private static void Compare(string file, string name, Npz golden)
    {
        var entry = Manifest.GetProperty(file).GetProperty("cases").GetProperty(name);
        var spacing = Spacing(entry, "spacing");
        var shape = Shape3.From(golden[$"{name}/data"].Shape[1..]);
        var image = new Volume(golden[$"{name}/data"].ToFloats(), golden[$"{name}/data"].Shape[0], shape, spacing);
        var labels = new LabelMap(Shorts(golden[$"{name}/seg"]), shape, spacing);
        var plan = PlanOf(entry, image.Channels, spacing);

        var cropped = Cropping.Crop(image, labels);
        Near.Same($"{file}.npz", "cropped labels", Shorts(golden[$"{name}/cropped_seg"]), cropped.Labels.Data);
        var box = entry.GetProperty("bbox").EnumerateArray().Select(axis => axis[0].GetInt32()).ToArray();
        Near.Same($"{file}.npz", "crop box", Shape3.From(box), cropped.Box.Start);
        Near.Same($"{file}.npz", "crop box", Shape(entry, "size_after_cropping"), cropped.Box.Size);

        var found = Preprocessor.Process(image, labels, plan);
        Assert.Equal(Shape3.From(golden[$"{name}/normalized_data"].Shape[1..]), found.Image.Shape);
        Near.Same($"{file}.npz", "resampled labels", Shorts(golden[$"{name}/resampled_seg"]), found.Labels.Data);
        Near.Compare(
            Quantity.Absolute($"{file}.npz", "normalised image", NormalizedTolerance),
            golden[$"{name}/normalized_data"].ToFloats(), found.Image.Data, name);

        if (golden.Contains($"{name}/resampled_data"))
        {
            var expected = golden[$"{name}/resampled_data"].ToFloats();
            var resampled = Resampled(cropped, found.Image.Shape, spacing, plan.Spacing);
            Near.Compare(Quantity.Relative($"{file}.npz", "resampled image", RelativeTolerance), expected, resampled, name);
        }
    }

    private static float[] Resampled(CroppedCase cropped, Shape3 to, Spacing3 from, Spacing3 target)
    {
        var axis = Resampling.SeparateAxis(from, target);
        return [.. Enumerable.Range(0, cropped.Image.Channels).SelectMany(c =>
            Resampling.Resize(cropped.Image.Channel(c).ToArray(), cropped.Box.Size, to, axis))];
    }

    private static Plan PlanOf(JsonElement entry, int channels, Spacing3 spacing)
    {
        var masked = entry.GetProperty("use_nonzero_mask").GetBoolean();
        var normalization = new ChannelNormalization(masked ? NormalizationScheme.MaskedZScore : NormalizationScheme.ZScore);
        if (entry.GetProperty("scheme").GetString() == "CT")
        {
            var ct = entry.GetProperty("intensityproperties").GetProperty("0");
            normalization = new ChannelNormalization(NormalizationScheme.CT, new IntensityStatistics(
                ct.GetProperty("mean").GetDouble(),
                ct.GetProperty("sd").GetDouble(),
                ct.GetProperty("percentile_00_5").GetDouble(),
                ct.GetProperty("percentile_99_5").GetDouble(),
                ct.GetProperty("median").GetDouble(),
                ct.GetProperty("mn").GetDouble(),
                ct.GetProperty("mx").GetDouble()));
        }

        return TestPlans.Small(Spacing(entry, "target_spacing")) with
        {
            Modalities = [.. Enumerable.Range(0, channels).Select(c => $"channel {c}")],
            Normalization = [.. Enumerable.Repeat(normalization, channels)],
        };
    }

    private static TheoryData<string> Cases(string file) =>
        [.. Manifest.GetProperty(file).GetProperty("cases").EnumerateObject().Select(entry => entry.Name)];

    private static short[] Shorts(Npy array) => Array.ConvertAll(array.ToDoubles(), value => (short)value);

    private static Shape3 Shape(JsonElement element, string name) =>
        Shape3.From([.. element.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())]);

    private static Spacing3 Spacing(JsonElement element, string name) =>
        Spacing3.From([.. element.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())]);
}
