using System.Diagnostics;
using System.Text.Json.Nodes;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Datasets;

public class DecathlonFormatTests
{
    private const string DataVariable = "ADWUNET_DATA";
    private const string RealDataset = "Task04_Hippocampus";

    [Fact]
    public void A_sound_dataset_is_read_in_the_order_of_its_ids()
    {
        using var folder = new DecathlonFolder();
        var dataset = Dataset.Load(folder.Save().Root);
        var progress = new Counter();
        dataset.Check(progress, TestContext.Current.CancellationToken);
        Assert.Equal("Toy", dataset.Name);
        Assert.Equal(folder.Root, dataset.Folder);
        Assert.Equal(["MRI"], dataset.Modalities);
        Assert.Equal(["background", "Anterior", "Posterior"], dataset.Classes);
        Assert.Equal(
            [.. new[] { "a", "b", "c" }.Select(id => (id, folder.Image(id), folder.Label(id)))], dataset.Cases.Select(c => (c.Id, Assert.Single(c.ImagePaths), c.LabelPath)));
        Assert.Equal([1, 2, 3], progress.Reports.Order());
    }

    [Fact]
    public void Companion_files_of_macOS_are_passed_over()
    {
        using var folder = new DecathlonFolder();
        folder.AddCase("._a");
        Assert.Equal(3, Dataset.Load(folder.Save().Root).Cases.Count);
        folder.Description["numTraining"] = 4;
        Assert.Equal(3, Dataset.Load(folder.Save().Root).Cases.Count);
    }

    [Fact]
    public void All_faults_of_all_cases_are_reported_together()
    {
        using var folder = new DecathlonFolder();
        var header = NiftiHeader.Create(DecathlonFolder.Shape, DecathlonFolder.Spacing);
        folder.WriteLabels("a", i => (short)(i == 5 ? 7 : i % 4 - 1));
        var values = new float[DecathlonFolder.Shape.Count];
        (values[3], values[20], values[21]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity); // NaN is no fault
        folder.WriteImage("a", values);
        File.Delete(folder.Image("b"));
        folder.WriteImage("c", new float[2 * DecathlonFolder.Shape.Count], 2, header with { Sform = [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 2, 0] });
        foreach (var id in (string[])["d", "e", "f", "g"]) folder.AddCase(id);
        folder.WriteImage("d", new float[DecathlonFolder.Shape.Count]);
        folder.WriteImage("e", new float[DecathlonFolder.Shape.Count]);
        Nifti.WriteLabels(folder.Label("e"), new LabelMap(new short[8], new Shape3(2, 2, 2), DecathlonFolder.Spacing));
        folder.WriteImage("f", new float[DecathlonFolder.Shape.Count]);
        File.WriteAllBytes(folder.Label("f"), File.ReadAllBytes(folder.Label("c"))[..^9]);
        folder.WriteImage("g", new float[DecathlonFolder.Shape.Count]);
        folder.WriteLabels("g", _ => 1, header with { Spacing = new Spacing3(2.1, 1, 1), Sform = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2.1, 0] });
        folder.Description["numTraining"] = 7;

        var dataset = Dataset.Load(folder.Save().Root);
        var error = Assert.Throws<DatasetException>(() => dataset.Check(cancellation: TestContext.Current.CancellationToken));
        string[] expected =
        [
            "a: the image has 2 infinite voxel(s), the first in channel 0 at x 0, y 1, z 3",
            "a: the label map holds -1 (6 voxels), 7 (1 voxels), but the dataset's labels are 0 to 2",
            $"b: the image {folder.Image("b")} cannot be used: the file does not exist",
            "c: image and label map have different positions in space: a corner lies 0.5 mm apart, more than 0.1 voxels",
            "c: the image's number of channels is 2, the dataset's number of modalities 1",
            $"d: the label {folder.Label("d")} cannot be used: the file does not exist",
            "e: the image has 4×3×2 voxels (z, y, x), its label map 2×2×2",
            $"f: the label {folder.Label("f")} cannot be used: the gzip stream is damaged or cut off; copy the file again",
            "g: image and label map have different positions in space: spacing 2×1×1 mm and 2.1×1×1 mm",
        ];
        Assert.Equal(expected.Length, error.Faults.Count);
        Assert.All(expected.Zip(error.Faults), pair => Assert.StartsWith(pair.First, pair.Second.ToString(), StringComparison.Ordinal));
        var lines = error.Message.Split('\n');
        Assert.Equal(
            $"Found 9 fault(s) in 7 of 7 cases of dataset Toy ({folder.Root}); correct these files or remove the cases from dataset.json:",
            lines[0]);
        Assert.Equal(error.Faults.Select(fault => $"  {fault}"), lines[1..]);
    }

    [Fact]
    public void A_shift_that_rounding_explains_is_no_fault()
    {
        using var folder = new DecathlonFolder();
        var header = NiftiHeader.Create(DecathlonFolder.Shape, DecathlonFolder.Spacing);
        folder.WriteLabels("a", _ => 1, header with { Sform = [1, 0, 0, 1e-4, 0, 1, 0, 0, 0, 0, 2.00001, 0] });
        Assert.Empty(Dataset.Load(folder.Save().Root).FindFaults(cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_check_can_be_cancelled()
    {
        using var folder = new DecathlonFolder();
        var dataset = Dataset.Load(folder.Save().Root);
        Assert.Throws<OperationCanceledException>(() => dataset.Check(cancellation: new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("name", null, "has no \"name\"")]
    [InlineData("name", "3", "has a \"name\" that is Number, expected String")]
    [InlineData("modality", "{}", "names nothing in \"modality\"")]
    [InlineData("modality", "{\"1\": \"MRI\"}", "numbers \"modality\" 1, without 0")]
    [InlineData("labels", "{\"0\": \"background\"}", "names no class beside background")]
    [InlineData("labels", "{\"0\": \"background\", \"1\": \"a\", \"3\": \"b\"}", "numbers \"labels\" 0, 1, 3, without 2")]
    [InlineData("labels", "{\"0\": \"background\", \"one\": \"a\"}", "has the key \"one\" in \"labels\"")]
    [InlineData("labels", "{\"0\": \"background\", \"1\": 1}", "holds Number in \"labels\", expected text")]
    [InlineData("labels", "{\"0\": \"background\", \"1\": \"a\", \"01\": \"b\"}", "has the number 1 twice")]
    [InlineData("numTraining", "4", "says \"numTraining\": 4 but lists 3 training cases")]
    [InlineData("numTraining", "\"3\"", "that is not a whole number")]
    [InlineData("training", "{}", "has a \"training\" that is Object, expected Array")]
    [InlineData("training", "[\"a.nii.gz\"]", "has no object with \"image\" and \"label\" at training[0]")]
    [InlineData("training", "[{\"image\": \"a.nii.gz\"}]", "has no \"label\" of training[0]")]
    [InlineData("training", "[{\"image\": \"../a.nii.gz\", \"label\": \"a.nii.gz\"}]", "which leaves the dataset's folder")]
    [InlineData("training", "[{\"image\": \"a.nii.gz\", \"label\": \"/etc/a.nii.gz\"}]", "which leaves the dataset's folder")]
    [InlineData("training", "[{\"image\": \"a.nii.gz\", \"label\": \"x/..\\\\..\\\\a.nii\"}]", "which leaves the dataset's folder")]
    [InlineData("training", "[{\"image\": \"a.nii.gz\", \"label\": \"a\\u0000.nii\"}]", "which leaves the dataset's folder")]
    [InlineData("training", "[{\"image\": \"a.png\", \"label\": \"a.nii.gz\"}]", "which ends in none of .nii.gz")]
    [InlineData("training", "[{\"image\": \".nii.gz\", \"label\": \"a.nii.gz\"}]", "which ends in none of .nii.gz")]
    public void A_description_that_cannot_be_used_is_refused_in_one_sentence(string field, string? json, string expected)
    {
        using var folder = new DecathlonFolder();
        folder.Description.Remove(field);
        if (json is not null) folder.Description[field] = JsonNode.Parse(json);
        AssertRefused(folder.Save().Root, expected);
    }

    [Theory]
    [InlineData("", "is not valid JSON (line 1, byte 1)")]
    [InlineData("{\n  \"name\": oops }", "is not valid JSON (line 2, byte 11)")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{\"labels\": {\"0\": \"\\ud800\", \"1\": \"a\"}, \"modality\": {\"0\": \"MRI\"}}", "not valid Unicode")]
    public void A_file_that_is_no_description_is_refused(string text, string expected)
    {
        using var folder = new DecathlonFolder();
        AssertRefused(folder.Save(text).Root, expected);
    }

    [Fact]
    public void A_dataset_without_cases_or_with_one_case_twice_is_refused()
    {
        using var folder = new DecathlonFolder();
        folder.AddCase("a");
        folder.Description["numTraining"] = 4;
        AssertRefused(folder.Save().Root, "lists the case a twice");
        folder.Training.Clear();
        folder.Description["numTraining"] = 0;
        AssertRefused(folder.Save().Root, "lists no training case");
    }

    [Fact]
    public void A_missing_folder_or_description_is_refused()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.Root, "holds no dataset.json");
        AssertRefused(folder.PathOf("missing"), "does not exist");
    }

    [Fact]
    public void The_real_hippocampus_dataset_is_sound()
    {
        var data = Environment.GetEnvironmentVariable(DataVariable);
        var folder = Path.Combine(data ?? "", RealDataset);
        Assert.SkipUnless(
            data is not null && Directory.Exists(folder), $"{DataVariable} names no folder that holds {RealDataset}.");
        var dataset = Dataset.Load(folder);
        var watch = Stopwatch.StartNew();
        dataset.Check(cancellation: TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage("{0} real cases checked in {1:0.0} s", dataset.Cases.Count, watch.Elapsed.TotalSeconds);
        Assert.Equal(["background", "Anterior", "Posterior"], dataset.Classes);
        Assert.Equal("hippocampus_001", dataset.Cases[0].Id);
        Assert.Equal(200, dataset.Cases.Count);
    }

    private static void AssertRefused(string folder, string expected)
    {
        var error = Assert.Throws<DatasetException>(() => Dataset.Load(folder));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(error.Faults);
    }

    private sealed class Counter : IProgress<int>
    {
        public List<int> Reports { get; } = [];

        public void Report(int value)
        {
            lock (Reports) Reports.Add(value);
        }
    }
}
