using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>The cases of <c>tests/cases/notebooks.json</c>, whose <c>about</c> explains the fields.</summary>
public sealed class CaseTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "cases");

    [Fact]
    public async Task Every_case_has_the_expected_outcome()
    {
        var cases = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "notebooks.json"), TestContext.Current.CancellationToken))!["cases"]!.AsArray();
        var differing = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(cases, options, async (each, _) =>
        {
            var run = each!["run"]!.AsArray().Select(name => (string)name!).ToArray();
            if (await DifferenceAsync(each.AsObject(), run) is { } difference)
                differing.Enqueue($"{string.Join(", ", run)}, {each["what"]}: {difference}");
        });
        Assert.True(differing.IsEmpty, string.Join('\n', differing));
    }

    private static async Task<string?> DifferenceAsync(JsonObject wanted, string[] notebooks)
    {
        using var folder = new TemporaryFolder();
        foreach (var notebook in notebooks)
            Copy(Path.Combine(Folder, "notebooks", notebook), folder.PathOf(notebook));
        var output = Directory.CreateDirectory(folder.PathOf("results")).FullName;
        foreach (var (name, source) in wanted["before"]?.AsObject() ?? [])
            Copy(Path.Combine(Folder, "notebooks", (string)source!), Path.Combine(output, name));
        var arguments = wanted["args"]!.AsArray().Select(argument => (string)argument!);
        var run = await CommandRun.RunAsync(folder.Root, ["run", .. notebooks, "--out", output, .. arguments]);
        return Difference(wanted, run, output) is { } difference ? $"{difference}\n{run.Output}{run.Errors}" : null;
    }

    private static void Copy(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }

        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    /// <summary>The first field that is not as wanted; null where all are.</summary>
    private static string? Difference(JsonObject wanted, CommandRun run, string output) =>
        wanted.Select(field => Difference(field.Key, field.Value!, run, output)).FirstOrDefault(difference => difference is not null);

    private static string? Difference(string field, JsonNode wanted, CommandRun run, string output)
    {
        var console = run.Output + run.Errors;
        return field switch
        {
            "run" or "what" or "args" or "before" => null,
            "exit" => ((string)wanted! == "not 0" ? run.Code != 0 : run.Code == int.Parse((string)wanted!)) ? null : $"exit code {run.Code}",
            "console" => FirstOf(wanted, text => !Occurs(text, console), "not on the console"),
            "not_console" => FirstOf(wanted, text => Occurs(text, console), "on the console"),
            "written" => FirstOf(wanted, name => !File.Exists(Path.Combine(output, name)), "not written"),
            "not_written" => FirstOf(wanted, name => File.Exists(Path.Combine(output, name)), "written"),
            "either" => wanted.AsArray().Any(each => Difference(each!.AsObject(), run, output) is null) ? null : "none of the outcomes",
            "cells" => wanted.AsObject().Select(each => CellsDifference(each.Key, each.Value!.AsObject(), output)).FirstOrDefault(found => found is not null),
            _ => $"the test does not know the field '{field}'",
        };
    }

    private static string? FirstOf(JsonNode texts, Func<string, bool> isWrong, string what) =>
        texts.AsArray().Select(text => (string)text!).FirstOrDefault(isWrong) is { } found ? $"'{found}' {what}" : null;

    private static bool Occurs(string alternatives, string text) =>
        alternatives.Split('|').Any(each => text.Contains(each, StringComparison.OrdinalIgnoreCase));

    private static string? CellsDifference(string name, JsonObject wanted, string output)
    {
        var path = Path.Combine(output, name + ".ipynb");
        if (!File.Exists(path))
            return $"{name}.ipynb is not written";
        var notebook = Notebook.Load(path);
        return wanted.SelectMany(cell => cell.Value!.AsObject().Select(field =>
        {
            var found = notebook.Cells.Single(each => each.Id == cell.Key);
            return IsAsWanted(field.Key, field.Value, found) ? null : $"{field.Key} of cell {cell.Key} is not {field.Value?.ToJsonString() ?? "null"}: {found.Outputs.ToJsonString()}";
        })).FirstOrDefault(difference => difference is not null);
    }

    private static bool IsAsWanted(string field, JsonNode? wanted, NotebookCell cell)
    {
        return field switch
        {
            "outputs" => cell.Outputs.Count == (int)wanted!,
            "execution_count" => cell.ExecutionCount == (int?)wanted,
            "stdout" => string.Concat(Of("stream").Where(each => (string)each["name"]! == "stdout").Select(each => NotebookCell.TextOf(each["text"]))) == (string)wanted!,
            "display" => NotebookCell.TextOf(Of("display_data").Single()["data"]!["text/plain"]) == (string)wanted!,
            "result" => NotebookCell.TextOf(Of("execute_result").Single()["data"]!["text/plain"]) == (string)wanted!,
            "error" => wanted!.AsArray().All(text => Occurs((string)text!, Of("error").Single().ToJsonString())),
            _ => throw new InvalidOperationException($"The test does not know the field '{field}' of cells."),
        };

        IEnumerable<JsonNode> Of(string kind) => cell.Outputs.OfType<JsonNode>().Where(each => (string)each["output_type"]! == kind);
    }
}
