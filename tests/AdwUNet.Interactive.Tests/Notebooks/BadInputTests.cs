using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// What a user of the notebooks sees when something about the input is wrong: one sentence with what was found, where, and what to do,
/// and nothing in the runs that looks whole.
/// </summary>
public sealed class BadInputTests(NotebookBench bench) : IClassFixture<NotebookBench>
{
    private const string First = "01-preprocess";

    // What is missing is run in the profile quick, where that is a matter of seconds.
    private static readonly string[] Laptop = ["-p", "profile=laptop"];
    private const int Cases = 10;
    private static readonly Shape3 Size = new(16, 18, 20);

    [Fact]
    public void A_missing_dataset() => Fails(First, "Task99_Nothing", [],
        $"There is no dataset Task99_Nothing in {bench.Data}; set ADWUNET_DATA to the folder that holds it, fetch a task of the "
        + $"decathlon with 'dotnet run data-scripts/fetch-msd.cs -- TASK \"{bench.Data}\"', or use dataset 'phantom'.");

    [Fact]
    public void A_label_value_out_of_range()
    {
        var data = MakeDataset("Task90_Label");
        var labels = Nifti.ReadLabels(data.Cases[1].LabelPath);
        labels.Data[^1] = 7;
        Nifti.WriteLabels(data.Cases[1].LabelPath, labels);
        Fails(First, data.Name, [],
            $"Case phantom_002 of dataset {data.Name} ({data.Folder}) has a fault: the label map holds 7 (1 voxels), but the dataset's labels "
            + "are 0 to 2; correct the file or remove the case from dataset.json.");
    }

    [Fact]
    public void Image_whose_shape_differs_from_its_label_map()
    {
        var data = MakeDataset("Task90_Shape");
        var other = new Shape3(4, 5, 6);
        Nifti.WriteLabels(data.Cases[2].LabelPath, new LabelMap(new short[other.Count], other, new Spacing3(1, 1, 1)));
        var shape = Nifti.ReadHeader(data.Cases[2].ImagePath).Shape;
        Fails(First, data.Name, [],
            $"Case phantom_003 of dataset {data.Name} ({data.Folder}) has a fault: the image has {shape} voxels (z, y, x), its label map {other}; "
            + "correct the file or remove the case from dataset.json.");
    }

    [Fact]
    public void A_damaged_image()
    {
        var data = MakeDataset("Task90_Damaged");
        var bytes = File.ReadAllBytes(data.Cases[0].ImagePath);
        bytes.AsSpan(bytes.Length / 2, 64).Fill(0xff);
        File.WriteAllBytes(data.Cases[0].ImagePath, bytes);
        Fails(First, data.Name, [],
            $"Case phantom_001 of dataset {data.Name} ({data.Folder}) has a fault: the image {data.Cases[0].ImagePath} cannot be used: "
            + "the gzip stream is damaged or cut off; copy the file again; correct the file or remove the case from dataset.json.");
    }

    [Fact]
    public void Several_faults_are_listed_below_the_sentence()
    {
        var data = MakeDataset("Task90_Several");
        File.Delete(data.Cases[0].ImagePath);
        File.Delete(data.Cases[3].LabelPath);
        var lines = Run(First, data.Name, []);
        Assert.Equal(
            [
                $"Found 2 fault(s) in 2 of {Cases} cases of dataset {data.Name} ({data.Folder}); correct these files or remove the cases from dataset.json:",
                $"  phantom_001: the image {data.Cases[0].ImagePath} cannot be used: the file does not exist",
                $"  phantom_004: the label {data.Cases[3].LabelPath} cannot be used: the file does not exist",
            ],
            lines[..3]);
    }

    [Fact]
    public void A_damaged_description()
    {
        var data = MakeDataset("Task90_Description");
        var path = Path.Combine(data.Folder, "dataset.json");
        File.WriteAllText(path, "{\"name\": \"x\",,");
        Fails(First, data.Name, [], $"{path} is not valid JSON (line 1, byte 14); correct it or download it again.");
    }

    [Fact]
    public void Cuda_that_is_not_available()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "there is CUDA here");
        Fails(First, "phantom", ["-p", "device=cuda"],
            "The device 'cuda' was requested, but this build has no CUDA: build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU, "
            + "or choose device 'cpu'.");
        Assert.False(Directory.Exists(Path.Combine(bench.Data, new PhantomOptions().Name)), "a dataset was made before the settings were checked");
    }

    [Fact]
    public void An_unknown_profile() =>
        Fails(First, "phantom", ["-p", "profile=fast"], "There is no profile 'fast'; choose check, quick, laptop, night, paper or paper-text, or give the path of a file that ends in .json.");

    [Fact]
    public void Fold_that_does_not_exist() => Fails("03-derive", Preprocess("Task91_Fold").DatasetName, ["-p", "fold=5"],
        "There is no fold 5; choose 0 to 4, or -1 for all cases.");

    [Theory]
    [InlineData("proflie=quick", "There is no parameter 'proflie': there are dataset, profile, device, seed, family, fold, run, compare, size, row, threads, task, network, folder, scans.")]
    [InlineData("seed=one", "'one' is not a value for the parameter 'seed' of {0}, which is of type int.")]
    public void Wrong_parameter_runs_no_cell(string parameter, string message)
    {
        var (code, output, errors) = bench.Run("notebooks", "-p", parameter, "--out", "wrong");
        Assert.Equal((1, "", string.Format(null, message, bench.Notebook(First)) + "\n"), (code, output, errors));
        Assert.False(Directory.Exists(Path.Combine(bench.Root, "wrong")), "outputs were written");
    }

    [Theory]
    [InlineData("03-derive", "preprocessed cases", "preprocessed/phantom-laptop", "01-preprocess")]
    [InlineData("05-architecture-weights", "search", "phantom-laptop-AdwUNet-seed1/search/fold0", "02-search")]
    public void Notebook_whose_predecessor_has_not_run(string notebook, string missing, string where, string before) => Fails(notebook, "phantom", Laptop,
        $"The run 'phantom-laptop-AdwUNet-seed1' has no {missing} yet ({Path.Combine(bench.Root, "runs", where)}); run notebooks/{before}.ipynb with the "
        + "same parameters first.");

    [Theory]
    [InlineData("03-derive", "search")]
    [InlineData("04-train", "architecture")]
    public void Preprocessed_but_not_searched(string notebook, string missing)
    {
        var experiment = Preprocess("Task91_" + missing, "laptop");
        Fails(notebook, experiment.DatasetName, Laptop,
            $"The run '{experiment.RunName}' has no {missing} yet ({experiment.SearchFolder(0)}); run notebooks/02-search.ipynb with the same "
            + "parameters first.");
    }

    [Fact]
    public void Preprocessing_that_was_not_finished()
    {
        var experiment = Preprocess("Task91_Half", "laptop");
        File.Delete(Path.Combine(experiment.PreprocessedFolder, "store.json"));
        Fails("03-derive", experiment.DatasetName, Laptop,
            $"Preprocessing into {experiment.PreprocessedFolder} was not finished ({Cases} cases are there); run it again to resume.");
    }

    /// <summary>The notebook fails with this sentence alone, on the console and in the executed notebook, and adds no file to the runs.</summary>
    private void Fails(string notebook, string dataset, string[] arguments, string message)
    {
        var lines = Run(notebook, dataset, arguments);
        Assert.Equal(message, lines[0]);
        Assert.StartsWith("Not run: cells ", lines[1], StringComparison.Ordinal);
        Assert.Equal($"Executed notebooks: {Path.Combine(bench.Root, "notebooks", "out")}", lines[2]);
        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain('\n', message);
    }

    /// <summary>Runs a notebook that fails.</summary>
    /// <returns>The lines of the error, its place taken off.</returns>
    private string[] Run(string notebook, string dataset, string[] arguments)
    {
        var before = bench.RunFiles();
        var (code, output, errors) = bench.Run(["notebooks/" + notebook + ".ipynb", "-p", "dataset=" + dataset, .. arguments]);
        Assert.Equal((1, ""), (code, errors));
        Assert.Equal(before, bench.RunFiles());
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.Data, ".*"));

        // Cells that ended well, and what they printed.
        var lines = output.TrimEnd('\n').Split('\n').SkipWhile(line => line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("  ", StringComparison.Ordinal))
            .ToArray();
        Assert.StartsWith($"FAILED  {notebook}.ipynb  cell ", lines[0], StringComparison.Ordinal);
        var place = $"{bench.Notebook(notebook)}, cell ";
        Assert.StartsWith(place, lines[1], StringComparison.Ordinal);
        lines[1] = lines[1][(lines[1].IndexOf(": ", place.Length, StringComparison.Ordinal) + 2)..];

        var (message, shown) = bench.ErrorOf(notebook);
        Assert.StartsWith(lines[1], message, StringComparison.Ordinal);
        Assert.Equal(message, shown[0]);
        return lines[1..];
    }

    private Dataset MakeDataset(string name)
    {
        var folder = Path.Combine(bench.Data, name);
        PhantomDataset.Create(folder, new PhantomOptions { Name = name, Cases = Cases, Size = Size });
        return Dataset.Load(folder);
    }

    private Experiment Preprocess(string name, string profile = "quick")
    {
        var data = MakeDataset(name);
        var experiment = new Experiment(bench.Root, name, profile);
        var plan = Planner.Plan(Fingerprint.Compute(data), experiment.Profile.Planner);
        Preprocessor.Run(data, plan, experiment.PreprocessedFolder);
        return experiment;
    }
}
