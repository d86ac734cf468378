using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Datasets;
using AdwUNet.Preprocessing;
using AdwUNet.Tests.Cases;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Stores of more cases than a process may have files open: <c>cases/datasets.json</c>, many-files.</summary>
public class OpenFilesTests
{
    [Fact]
    [Promise("A store can have more cases than a process may have open files; the error for too many open files does not advise to delete anything")]
    public void A_store_of_many_cases_holds_no_file_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit of open files is set by a shell.");
        var entry = CaseFiles.Read("datasets").Single(entry => entry.TryGetProperty("made_from", out _));
        var (copies, limit) = (entry.GetProperty("copies").GetInt32(), entry.GetProperty("open_files").GetInt32());
        using var folder = new TemporaryFolder(inMemory: true);
        Copy(CaseFiles.PathOf("datasets", entry.GetProperty("made_from").GetString()!), folder, copies);
        using var child = Child.Start(["bash", "-c", $"ulimit -n {limit}; exec \"$@\"", "bash"], Child.Store, folder.Root);
        var said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.Equal($"{copies} cases", said.Trim());
        PromiseTable.Kept($"{copies} cases with at most {limit} open files");
    }

    [Fact]
    public void Error_for_too_many_open_files_says_how_to_raise_the_limit()
    {
        const int tooManyOpenFiles = 24; // EMFILE
        var message = CaseFile.NotOpened("/store/x.case", new IOException("Too many open files", tooManyOpenFiles)).Message;
        Assert.Contains("too many files are open; raise the limit of open files ('ulimit -n", message, StringComparison.Ordinal);
        Assert.DoesNotContain("delete", message, StringComparison.OrdinalIgnoreCase);
    }

    private static void Copy(string from, TemporaryFolder folder, int copies)
    {
        var description = JsonNode.Parse(File.ReadAllText(Path.Combine(from, Dataset.DescriptionFile)))!;
        var training = new JsonArray();
        Directory.CreateDirectory(folder.PathOf("imagesTr"));
        Directory.CreateDirectory(folder.PathOf("labelsTr"));
        var cases = Dataset.Load(from).Cases;
        for (var i = 0; i < copies; i++)
        {
            var id = $"s{i + 1:000}";
            File.Copy(cases[i % cases.Count].ImagePath, folder.PathOf("imagesTr", id + ".nii.gz"));
            File.Copy(cases[i % cases.Count].LabelPath, folder.PathOf("labelsTr", id + ".nii.gz"));
            training.Add(new JsonObject { ["image"] = $"./imagesTr/{id}.nii.gz", ["label"] = $"./labelsTr/{id}.nii.gz" });
        }

        description["training"] = training;
        description["numTraining"] = copies;
        folder.Write(Dataset.DescriptionFile, description.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
}
