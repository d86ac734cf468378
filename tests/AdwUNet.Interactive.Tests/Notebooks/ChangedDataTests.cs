using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Tests;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>The notebooks 01 to 08 after a file of the dataset changed under the preprocessed cases, and under finished runs.</summary>
public sealed class ChangedDataTests(NotebookBench bench) : IClassFixture<NotebookBench>
{
    private const string Name = "Task92_Changed";
    private const string Changed = "phantom_002";

    private static readonly string[] OfOneRun = ["02-search", "03-derive", "04-train", "05-architecture-weights"];
    private static readonly string[] Ablations = ["06-ablate-depth", "07-ablate-width", "08-mask-placement"];
    private static readonly Shape3 Size = new(16, 18, 20);

    [Fact]
    [Promise("A label that changed under the preprocessed cases or under a finished run is named by each of the notebooks 01 to 08, which use no old data with new, whatever the file's date")]
    public void Every_notebook_names_the_changed_case()
    {
        var folder = Path.Combine(bench.Data, Name);
        PhantomDataset.Create(folder, new PhantomOptions { Name = Name, Cases = 10, Size = Size }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(0, Run(["02-search", "04-train"]));
        Assert.Equal(0, Run(Ablations));
        CopyCorrectedLabel(Path.Combine(folder, "labelsTr", Changed + ".nii.gz"));

        // Under the preprocessed cases.
        var experiment = new Experiment(bench.Root, Name, "check");
        var files = bench.RunFiles();
        foreach (var notebook in (string[])[.. OfOneRun, .. Ablations])
        {
            AssertFails(notebook, $"1 case(s) of {Name} changed since they were preprocessed into {experiment.PreprocessedFolder} ({Changed} has another content in labelsTr/{Changed}.nii.gz); "
                + "preprocess the dataset again (01-preprocess), and give a new name to runs that used the old cases.");
        }

        Assert.Equal(files, bench.RunFiles());
        Assert.Equal(0, Run(["01-preprocess"]));
        Assert.Contains($"{Changed} has another content in labelsTr/{Changed}.nii.gz", Outputs("01-preprocess"), StringComparison.Ordinal);

        // Under the finished runs.
        foreach (var notebook in (string[])[.. OfOneRun, .. Ablations])
        {
            AssertFails(notebook, $" holds a run on other preprocessed cases ({Changed} has other content); choose a new run name for the cases of now, or restore the old data and preprocess them again.");
        }

        // With a new name.
        Assert.Equal(0, Run(["02-search", "03-derive"], "-p", "run=new"));
        PromiseTable.Kept("8 notebooks in adw, a changed label with the date of the old one");
    }

    private int Run(string[] notebooks, params string[] more) => bench.Run(
    [
        .. notebooks.Select(notebook => $"notebooks/{notebook}.ipynb"), "-p", "dataset=" + Name, "-p", (Ablations.Contains(notebooks[0]) ? "size" : "profile") + "=check", .. more,
    ]).Code;

    private string Outputs(string notebook) => File.ReadAllText(Path.Combine(bench.Root, "notebooks", "out", notebook + ".ipynb"));

    private void AssertFails(string notebook, string message)
    {
        Assert.Equal(1, Run([notebook]));
        Assert.EndsWith(message, bench.ErrorOf(notebook).Message, StringComparison.Ordinal);
    }

    /// <summary>As <c>cp -p</c> of a corrected label: other content, the date of the old file.</summary>
    private static void CopyCorrectedLabel(string path)
    {
        var date = File.GetLastWriteTimeUtc(path);
        var labels = ImageFile.ReadLabels(path);
        labels.Data[Array.IndexOf(labels.Data, (short)1)] = 2;
        ImageFile.WriteLabels(path, labels, ImageFile.ReadHeader(path));
        File.SetLastWriteTimeUtc(path, date);
    }
}
