using System.Text.Json.Nodes;
using AdwUNet.Interactive.Tests.FrontEnd;

namespace AdwUNet.Interactive.Tests.Notebooks;

/// <summary>
/// The outputs that the notebooks in the repository show are those of their code. They are written anew, from what
/// <c>adw run notebooks --html</c> has executed in the profile quick, by
/// <c>ADWUNET_WRITE_OUTPUTS=1 dotnet run --project tests/AdwUNet.Interactive.Tests -c Release -- -class "*KeptOutputTests" -explicit only</c>. With the name of a
/// notebook in the place of 1, such as <c>09-verdict.ipynb</c>, only that one.
/// </summary>
public sealed class KeptOutputTests
{
    private const string WriteVariable = "ADWUNET_WRITE_OUTPUTS";
    private const int MostBytes = 1_000_000;

    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks");
    private static readonly string Executed = Path.Combine(Folder, "out");

    public static TheoryData<string> Notebooks => NotebookTextTests.Notebooks;

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Kept_outputs_belong_to_the_code(string notebook)
    {
        var kept = new NotebookJson(Path.Combine(Folder, notebook));
        Assert.True(
            kept.OutputsOf == kept.CodeDigest,
            $"The outputs in {notebook} are of other code than it has: run `adw run notebooks --html`, then write them anew (see {nameof(KeptOutputTests)}).");
        Assert.All(kept.Code, cell => Assert.NotNull(cell["execution_count"]));
        var outputs = kept.Code.SelectMany(NotebookJson.OutputsOfCell).ToList();
        Assert.DoesNotContain(outputs, output => (string?)output["output_type"] == "error");
        Assert.DoesNotContain(outputs, KeptOutput.NeedsPicture);
        Assert.Contains(outputs, output => output["data"] is JsonObject data && data.ContainsKey("image/png"));
        Assert.InRange(kept.Length, 1, MostBytes);
    }

    /// <summary>Takes what <c>adw run notebooks --html</c> has left, so it is run where it is asked for: <c>-explicit only</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Kept_outputs_equal_those_of_a_new_run()
    {
        var write = Environment.GetEnvironmentVariable(WriteVariable);
        var isWriting = write is not null;
        foreach (var notebook in Notebooks.Select(row => row.Data).Where(name => write?.EndsWith(".ipynb", StringComparison.Ordinal) != true || name == write))
        {
            var path = Path.Combine(Executed, notebook);
            Assert.True(File.Exists(path), $"There is no {path}: run `adw run notebooks --html` first.");
            var fresh = new NotebookJson(path);
            var kept = new NotebookJson(Path.Combine(Folder, notebook));
            Assert.True(fresh.CodeDigest == kept.CodeDigest, $"{path} was executed from other code than {notebook} has: run it again.");
            if (isWriting) await WriteAsync(kept, fresh);
            Assert.Equal(Describe(fresh), Describe(kept));
        }
    }

    private static async Task WriteAsync(NotebookJson kept, NotebookJson fresh)
    {
        await using var browser = await Browser.StartAsync();
        var page = await PageOfOutputs.OpenAsync(browser, Path.Combine(Executed, kept.Name + ".html"));
        foreach (var (number, (cell, executed)) in kept.Code.Zip(fresh.Code).Index())
        {
            var outputs = NotebookJson.OutputsOfCell(executed);
            var written = new JsonArray();
            foreach (var (place, output) in outputs.Index())
            {
                var picture = KeptOutput.NeedsPicture(output) ? await page.PictureAsync(number, place, outputs.Count) : ((string, byte[])?)null;
                written.Add((JsonNode)KeptOutput.Keep(output, picture, Repository.Root));
            }

            cell["outputs"] = written;
            cell["execution_count"] = executed["execution_count"]!.DeepClone();
        }

        kept.OutputsOf = kept.CodeDigest;
        kept.Save();
    }

    private static IEnumerable<string> Describe(NotebookJson notebook) => notebook.Code
        .SelectMany((cell, number) => NotebookJson.OutputsOfCell(cell).Select(output => $"{notebook.Name}, code cell {number + 1}: {KeptOutput.Describe(output)}"));
}
