using System.Text;
using System.Text.Json;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Datasets;

/// <summary>What is said of a dataset before it is used, and how its files are turned and found.</summary>
public sealed class DatasetCheckTests : IDisposable
{
    private static readonly Shape3 Shape = new(3, 4, 5);
    private static readonly Spacing3 Spacing = new(3, 2, 1);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_findings_are_one_table()
    {
        Write("a", "b", "c", "d");
        ImageFile.WriteVolume(_folder.PathOf("images", "left.nrrd"), Image());
        File.WriteAllBytes(_folder.PathOf("labels", "b.nii.gz"), File.ReadAllBytes(_folder.PathOf("images", "b.nii.gz")));
        Place("c", [-1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0]);
        File.Delete(_folder.PathOf("images", "d.nii.gz"));
        var report = Dataset.Load(_folder.Root).Examine(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["b", "b", "d"], report.Findings.Where(finding => finding.Kind == "fault").Select(finding => finding.Cases));
        Assert.Equal(["left", "c"], report.Findings.Where(finding => finding.Kind == "warning").Select(finding => finding.Cases));
        var lines = report.ToText().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Contains("have the same bytes", lines[1], StringComparison.Ordinal);
        Assert.Contains("images/left.nrrd is not in the list of cases", lines[3], StringComparison.Ordinal);
        Assert.Contains("2 RAS, 1 LAS", lines[4], StringComparison.Ordinal);
        Assert.Contains("Parse(\"RAS\")", lines[4], StringComparison.Ordinal);
        Assert.Throws<DatasetException>(report.Require);
    }

    [Fact]
    public void A_sound_dataset_has_nothing_in_its_table()
    {
        Write("a", "b");
        var report = Dataset.Load(_folder.Root).Examine(cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
        Assert.Equal("All 2 cases of Toy can be used.", report.ToText());
    }

    [Theory]
    [InlineData("RAS", new double[] { 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0 })]
    [InlineData("LPI", new double[] { -1, 0, 0, 0, 0, -2, 0, 0, 0, 0, -3, 0 })]
    [InlineData("SLP", new double[] { 0, -2, 0, 0, 0, 0, -3, 0, 1, 0, 0, 0 })]
    [InlineData("AIR", new double[] { 0, 0, 3, 0, 1, 0, 0, 0, 0, -2, 0, 0 })]
    public void Images_and_labels_are_turned_to_one_orientation_without_interpolation(string letters, double[] sform)
    {
        Write("a");
        Place("a", sform);
        Assert.Equal(letters, ImageFile.ReadHeader(_folder.PathOf("images", "a.nii.gz")).Orientation.ToString());
        Assert.Equal(letters, AxisOrientation.Parse(letters).ToString());
        var dataset = Dataset.Load(_folder.Root, new DatasetOptions { Orientation = AxisOrientation.Parse("RAS") });
        var (image, labels) = (dataset.Cases[0].ReadImage(), dataset.Cases[0].ReadLabels());

        // A voxel of the file (x, y, z) is the voxel of the turned image to which the affine takes it, counted from the image's lower corner.
        var (original, affine) = (Image(), ImageFile.ReadHeader(_folder.PathOf("images", "a.nii.gz")).Affine);
        for (var (z, i) = (0, 0); z < Shape.Z; z++)
        {
            for (var y = 0; y < Shape.Y; y++)
            {
                for (var x = 0; x < Shape.X; x++, i++)
                {
                    int Along(int row)
                    {
                        int[] index = [x, y, z], last = [Shape.X - 1, Shape.Y - 1, Shape.Z - 1];
                        var axis = Array.FindIndex([0, 1, 2], column => affine[row, column] != 0);
                        return affine[row, axis] > 0 ? index[axis] : last[axis] - index[axis];
                    }

                    Assert.Equal(original.Data[i], image[0, Along(2), Along(1), Along(0)]);
                    Assert.Equal((short)(i % 2), labels[Along(2), Along(1), Along(0)]);
                }
            }
        }

        int Axis(int row) => Array.FindIndex([0, 1, 2], column => affine[row, column] != 0);
        Assert.Equal(Spacing3.From([.. new[] { 2, 1, 0 }.Select(row => Spacing[2 - Axis(row)])]), image.Spacing);
        Assert.Equal(image.Spacing, labels.Spacing);
        var turn = AxisOrientation.Parse(letters).To(AxisOrientation.Parse("RAS"));
        Assert.Equal(original.Data, turn.Inverse().Apply(image).Data);
        Assert.Equal("RAS", Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken).Orientation);
    }

    [Theory]
    [InlineData(NormalizationForm.FormC, NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormD, NormalizationForm.FormC)]
    public void A_name_with_accents_finds_its_file_in_either_form_of_Unicode(NormalizationForm listed, NormalizationForm written)
    {
        Write("é".Normalize(written));
        Describe("é".Normalize(listed));
        Assert.Empty(Dataset.Load(_folder.Root).Examine(cancellation: TestContext.Current.CancellationToken).Findings);
    }

    [Fact]
    public void A_case_that_is_listed_in_both_forms_of_Unicode_is_listed_twice()
    {
        Write("é");
        Describe("é".Normalize(NormalizationForm.FormC), "é".Normalize(NormalizationForm.FormD));
        Assert.Contains("twice", Assert.Throws<DatasetException>(() => Dataset.Load(_folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_folder_says_what_it_assumes()
    {
        Write("a", "b");
        File.Delete(_folder.PathOf(Dataset.DescriptionFile));
        var dataset = Dataset.Load(_folder.Root);
        Assert.Equal(["background", "label 1"], dataset.Classes);
        Assert.Equal(["channel 0"], dataset.Modalities);
        Assert.Equal("note", Assert.Single(dataset.Examine(cancellation: TestContext.Current.CancellationToken).Findings).Kind);
        Assert.Contains("its classes are the values 0, 1 that its 2 label maps hold", dataset.Notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(3, "add at least 2")]
    public void Too_few_cases_for_the_folds_are_told_with_what_would_do(int cases, string? expected)
    {
        if (expected is null) Assert.Null(Splits.TooFew(cases));
        else Assert.Contains(expected, Splits.TooFew(cases)!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CT", NormalizationScheme.CT)]
    [InlineData("ct", NormalizationScheme.CT)]
    [InlineData("noNorm", NormalizationScheme.None)]
    [InlineData("rescale_to_0_1", NormalizationScheme.RescaleTo01)]
    [InlineData("rgb_to_0_1", NormalizationScheme.RgbTo01)]
    [InlineData("zscore", NormalizationScheme.ZScore)]
    [InlineData("FLAIR", NormalizationScheme.ZScore)]
    public void The_name_of_a_channel_chooses_its_normalisation(string name, NormalizationScheme expected)
    {
        var size = new Shape3(32, 32, 32);
        IntensityStatistics intensities = new(1, 1, 0, 2, 1, 0, 2);
        var plan = Planner.Plan(new Fingerprint
        {
            Dataset = "Toy",
            Modalities = [name],
            Classes = ["background", "a"],
            Intensities = [intensities],
            Cases = [new("a", new(1, 1, 1), size, size)],
        });
        Assert.Equal(expected, plan.Normalization[0].Scheme);
    }

    [Theory]
    [InlineData(NormalizationScheme.None, new float[] { 51, 102, 255, 0 })]
    [InlineData(NormalizationScheme.RescaleTo01, new float[] { 0.2f, 0.4f, 1, 0 })]
    [InlineData(NormalizationScheme.RgbTo01, new float[] { 0.2f, 0.4f, 1, 0 })]
    public void Channels_are_normalised_as_nnU_Net_v2_does(NormalizationScheme scheme, float[] expected)
    {
        float[] values = [51, 102, 255, 0];
        AdwUNet.Preprocessing.Normalizer.Apply(values, new short[4], new ChannelNormalization(scheme));
        Assert.Equal(expected, values);
    }

    private static Volume Image() => new([.. Enumerable.Range(0, (int)Shape.Count).Select(i => i + 1f)], 1, Shape, Spacing);

    private void Write(params string[] ids)
    {
        Directory.CreateDirectory(_folder.PathOf("images"));
        Directory.CreateDirectory(_folder.PathOf("labels"));
        foreach (var id in ids)
        {
            ImageFile.WriteVolume(_folder.PathOf("images", id + ".nii.gz"), Image());
            ImageFile.WriteLabels(_folder.PathOf("labels", id + ".nii.gz"), new LabelMap([.. Enumerable.Range(0, (int)Shape.Count).Select(i => (short)(i % 2))], Shape, Spacing));
        }

        Describe(ids);
    }

    private void Describe(params string[] ids) => _folder.Write(Dataset.DescriptionFile, JsonSerializer.Serialize(new
    {
        name = "Toy",
        modality = new Dictionary<string, string> { ["0"] = "MRI" },
        labels = new Dictionary<string, string> { ["0"] = "background", ["1"] = "a" },
        training = ids.Select(id => new { image = $"images/{id}.nii.gz", label = $"labels/{id}.nii.gz" }),
    }));

    /// <summary>Writes the files of a case with another affine.</summary>
    private void Place(string id, double[] sform)
    {
        var like = ImageHeader.Of(NiftiHeader.Create(Shape, Spacing) with { Sform = sform });
        foreach (var (folder, write) in new (string, Action<string>)[]
        {
            ("images", path => ImageFile.WriteVolume(path, Image(), like)),
            ("labels", path => ImageFile.WriteLabels(path, new LabelMap([.. Enumerable.Range(0, (int)Shape.Count).Select(i => (short)(i % 2))], Shape, Spacing), like)),
        })
        {
            write(_folder.PathOf(folder, id + ".nii.gz"));
        }
    }
}
