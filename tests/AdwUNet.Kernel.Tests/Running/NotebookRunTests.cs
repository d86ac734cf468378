using System.Diagnostics;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.Running;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>Whole runs within this process; they change its current directory, and so run one at a time.</summary>
[Collection("runs")]
public sealed class NotebookRunTests : IDisposable
{
    private static readonly Dictionary<string, string> None = [];

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _progress = new() { NewLine = "\n" };

    public void Dispose()
    {
        _folder.Dispose();
        _progress.Dispose();
    }

    private async Task<int> Run(string path, IReadOnlyDictionary<string, string>? parameters = null, string? output = null, CancellationToken? stop = null, TimeSpan? disposeTime = null)
    {
        var grace = TimeSpan.FromMilliseconds(300);
        using var cells = new SessionCells(grace) { DisposeTime = disposeTime ?? TimeSpan.FromMinutes(1) };
        return await NotebookRun.Prepare([path], parameters ?? None, output, html: false)
            .ExecuteAsync(cells, new ProgressReport(_progress, plain: true), grace, stop ?? TestContext.Current.CancellationToken);
    }

    private Notebook Executed(string name) => Notebook.Load(_folder.PathOf("out/" + name));

    private static string[] Kinds(NotebookCell cell) => [.. cell.Outputs.Select(output => (string)output!["output_type"]!)];

    [Fact]
    public async Task An_executed_notebook_differs_from_its_source_only_in_outputs()
    {
        var path = _folder.Notebook("a.ipynb", "# Title", "Console.WriteLine(1); display(2); 3", "raise(4);\nvoid raise(int n) { }");
        var before = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(0, await Run(path));
        Assert.Equal(before, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        var notebook = Executed("a.ipynb");
        Assert.Equal(["cell-0", "cell-1", "cell-2"], notebook.Cells.Select(cell => cell.Id));
        Assert.Equal(["stream", "display_data", "execute_result"], Kinds(notebook.Cells[1]));
        Assert.Equal((1, 2), (notebook.Cells[1].ExecutionCount, notebook.Cells[2].ExecutionCount));
        Assert.Contains("\"authors\": \"kept\"", await File.ReadAllTextAsync(_folder.PathOf("out/a.ipynb"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Matches(@"ok +a\.ipynb  cell 1/2  Console\.WriteLine\(1\); display\(2\); 3  \d+\.\d s\n", _progress.ToString());
    }

    [Fact]
    public async Task A_failing_cell_ends_the_run_and_outputs_so_far_are_kept()
    {
        _folder.Notebook("1.ipynb", "\"first\"", "Console.WriteLine(\"so far\");\nthrow new InvalidOperationException(\"It broke.\");", "\"never\"");
        _folder.Notebook("2.ipynb", "\"not reached\"");
        Assert.Equal(1, await Run(_folder.Root));
        var notebook = Executed("1.ipynb");
        Assert.Equal(["execute_result"], Kinds(notebook.Cells[0]));
        Assert.Equal(["stream", "error"], Kinds(notebook.Cells[1]));
        Assert.Equal("It broke.", (string?)notebook.Cells[1].Outputs[1]!["evalue"]);
        Assert.Empty(notebook.Cells[2].Outputs);
        Assert.False(File.Exists(_folder.PathOf("out/2.ipynb")));
        Assert.Contains("1.ipynb, cell 2 of 3: It broke.\n", _progress.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_updated_display_is_saved_in_its_last_state_and_place()
    {
        Assert.Equal(0, await Run(_folder.Notebook("a.ipynb", "var d = display(\"1 %\"); display(\"below\");", "d.Update(\"100 %\");")));
        var shown = Executed("a.ipynb").Cells[0].Outputs.Select(output => NotebookCell.TextOf(output!["data"]!["text/plain"]));
        Assert.Equal(["100 %", "below"], shown);
        Assert.Empty(Executed("a.ipynb").Cells[1].Outputs);
    }

    [Fact]
    public async Task Parameters_are_set_after_the_cell_that_declares_them()
    {
        var path = _folder.Parameterised("a.ipynb", "var profile = \"quick\"; int seed = 1;", "profile + seed");
        Assert.Equal(0, await Run(path, new Dictionary<string, string> { ["profile"] = "a \"b\"", ["seed"] = "5" }));
        var notebook = Executed("a.ipynb");
        Assert.True(notebook.Cells[1].HasTag("injected-parameters"));
        Assert.Equal("a \"b\"5", NotebookCell.TextOf(notebook.Cells[2].Outputs[0]!["data"]!["text/plain"]));
    }

    [Fact]
    public void An_unknown_parameter_is_refused_before_anything_runs()
    {
        _folder.Parameterised("1.ipynb", "int seed = 1; int fold = 0;");
        var second = _folder.Parameterised("2.ipynb", "int seed = 1;");
        Assert.Equal("There is no parameter 'sed': there are seed, fold.", Refusal("sed", _folder.Root));
        Assert.Contains("2.ipynb has no parameter 'fold': it has seed.", Refusal("fold", _folder.Root, second), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.PathOf("out")));

        static string Refusal(string name, params string[] paths) => Assert.Throws<NotebookException>(
            () => NotebookRun.Prepare(paths, new Dictionary<string, string> { [name] = "1" }, null, false)).Message;
    }

    [Fact]
    public async Task Notebooks_of_a_folder_take_the_parameters_that_they_declare()
    {
        _folder.Parameterised("1.ipynb", "int seed = 1; int fold = 0;", "seed + fold");
        _folder.Parameterised("2.ipynb", "int seed = 1;", "seed");
        Assert.Equal(0, await Run(_folder.Root, new Dictionary<string, string> { ["seed"] = "5", ["fold"] = "3" }));
        Assert.Equal(["8", "5"], new[] { "1.ipynb", "2.ipynb" }.Select(name => NotebookCell.TextOf(Executed(name).Cells[2].Outputs[0]!["data"]!["text/plain"])));
    }

    [Fact]
    public void Unusable_paths_are_refused()
    {
        Assert.Contains("no notebook or folder", Refusal("gone"), StringComparison.Ordinal);
        Assert.Contains("holds no notebook", Refusal(_folder.Root), StringComparison.Ordinal);
        var path = _folder.Notebook("a.ipynb", "1");
        Assert.Contains("would replace the notebook itself", Refusal(path, _folder.Root), StringComparison.Ordinal);
        _folder.Write("a.dib", "1");
        Assert.Contains("Two notebooks would be written", Refusal(_folder.Root), StringComparison.Ordinal);

        static string Refusal(string path, string? output = null) =>
            Assert.Throws<NotebookException>(() => NotebookRun.Prepare([path], None, output, false)).Message;
    }

    [Fact]
    public void A_cell_in_another_language_is_refused()
    {
        var path = _folder.Notebook("a.ipynb", "let x = 1");
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        root["cells"]![0]!["metadata"] = new JsonObject { ["polyglot_notebook"] = new JsonObject { ["kernelName"] = "fsharp" } };
        File.WriteAllText(path, root.ToJsonString());
        var error = Assert.Throws<NotebookException>(() => NotebookRun.Prepare([path], None, null, false));
        Assert.Contains("'fsharp'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notebooks_run_in_name_order_in_their_folder_and_their_own_session()
    {
        _folder.Notebook("2.ipynb", "System.IO.File.ReadAllText(\"left.txt\")", "int x = 2;");
        _folder.Notebook("1.ipynb", "System.IO.File.WriteAllText(\"left.txt\", \"from 1\"); string x = \"own\";");
        _folder.Write("3.dib", "#!markdown\n# Last\n#!csharp\nConsole.WriteLine(\"dib\");");
        Assert.Equal(0, await Run(_folder.Root));
        Assert.Equal("from 1", NotebookCell.TextOf(Executed("2.ipynb").Cells[0].Outputs[0]!["data"]!["text/plain"]));
        Assert.Equal(["stream"], Kinds(Executed("3.ipynb").Cells[1]));
    }

    [Fact]
    public async Task Late_output_of_a_task_belongs_to_the_cell_that_started_it()
    {
        var path = _folder.Notebook("a.ipynb",
            "Console.WriteLine(\"now\");\nvar go = new TaskCompletionSource();\nvar late = Task.Run(async () => { await go.Task; Console.WriteLine(\"late\"); });",
            "go.SetResult(); await late;");
        Assert.Equal(0, await Run(path));
        Assert.Equal("now\nlate\n", NotebookCell.TextOf(Assert.Single(Executed("a.ipynb").Cells[0].Outputs)!["text"]));
        Assert.Empty(Executed("a.ipynb").Cells[1].Outputs);
        Assert.Contains("        | late\n", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_are_disposed_before_the_next_notebook_runs()
    {
        _folder.Notebook("1.ipynb", "class Left : IDisposable { public void Dispose() => System.IO.File.WriteAllText(\"disposed\", \"\"); }\nvar left = new Left();");
        _folder.Notebook("2.ipynb", "System.IO.File.Exists(\"disposed\")");
        Assert.Equal(0, await Run(_folder.Root));
        Assert.Equal("True", NotebookCell.TextOf(Executed("2.ipynb").Cells[0].Outputs[0]!["data"]!["text/plain"]));
    }

    [Fact]
    public async Task A_value_whose_Dispose_does_not_return_is_named_and_the_next_notebook_runs()
    {
        _folder.Notebook("1.ipynb", "class Stuck : IDisposable { public void Dispose() => System.Threading.Thread.Sleep(30_000); }\nvar stuck = new Stuck();");
        _folder.Notebook("2.ipynb", "2");
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await Run(_folder.Root, disposeTime: TimeSpan.FromMilliseconds(100)));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(25));
        Assert.Contains("of type Stuck, has not returned within 0.1 s", _progress.ToString(), StringComparison.Ordinal);
        Assert.Equal("2", NotebookCell.TextOf(Executed("2.ipynb").Cells[0].Outputs[0]!["data"]!["text/plain"]));
    }

    [Fact]
    public async Task After_a_failure_outputs_of_an_earlier_run_are_kept_and_named()
    {
        _folder.Notebook("1.ipynb", "if (System.IO.File.Exists(\"broken\")) throw new Exception(\"broken\");", "1");
        var second = _folder.Notebook("2.ipynb", "2");
        Assert.Equal(0, await Run(_folder.Root));
        var earlier = await File.ReadAllTextAsync(_folder.PathOf("out/2.ipynb"), TestContext.Current.CancellationToken);
        _folder.Write("broken", "");
        var third = _folder.Notebook("3.ipynb", "3");
        Assert.Equal(1, await Run(_folder.Root));
        Assert.Contains(
            $"Not run: cell 2 of {_folder.PathOf("1.ipynb")}, {second} ({_folder.PathOf("out/2.ipynb")} is from an earlier run), {third}.\n",
            _progress.ToString(), StringComparison.Ordinal);
        Assert.Equal(earlier, await File.ReadAllTextAsync(_folder.PathOf("out/2.ipynb"), TestContext.Current.CancellationToken));
        Assert.Equal(["error"], Kinds(Executed("1.ipynb").Cells[0]));
    }

    [Fact]
    public async Task A_skipped_cell_keeps_what_the_file_has()
    {
        var path = _folder.Notebook("a.ipynb", "1", "no C#", "3");
        var root = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        var skipped = root["cells"]![1]!;
        skipped["metadata"] = new JsonObject { ["tags"] = new JsonArray("skip-execution") };
        skipped["execution_count"] = 7;
        skipped["outputs"] = new JsonArray(new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = "kept" });
        await File.WriteAllTextAsync(path, root.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await Run(path));
        Assert.Equal([1, 7, 2], Executed("a.ipynb").Cells.Select(cell => cell.ExecutionCount));
        Assert.Equal("kept", (string?)Executed("a.ipynb").Cells[1].Outputs[0]!["text"]);
        Assert.Contains("skipped a.ipynb  cell 2/3", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_and_duplicate_cell_ids_are_replaced_with_a_warning()
    {
        var path = _folder.Notebook("a.ipynb", "1", "2", "3", "4", "5", "6");
        var root = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        JsonNode?[] ids = ["cell-1", "a b", "same", "same", 5, new string('x', 65)];
        for (var i = 0; i < ids.Length; i++)
            root["cells"]![i]!["id"] = ids[i];
        await File.WriteAllTextAsync(path, root.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await Run(path));
        Assert.Equal(["cell-1", "cell-2", "same", "cell-3", "cell-4", "cell-5"], Executed("a.ipynb").Cells.Select(cell => cell.Id));
        Assert.Contains("a.ipynb: 4 of 6 cell ids were missing, invalid or not unique", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_notebook_without_cell_ids_gets_them_silently()
    {
        var path = _folder.Notebook("a.ipynb", "1");
        var root = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        root["nbformat_minor"] = 4;
        root["cells"]![0]!.AsObject().Remove("id");
        await File.WriteAllTextAsync(path, root.ToJsonString(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await Run(path));
        Assert.Equal("cell-1", Executed("a.ipynb").Cells[0].Id);
        Assert.DoesNotContain("cell ids", _progress.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_does_not_stop_is_abandoned_after_the_grace_period()
    {
        var path = _folder.Notebook("a.ipynb", "Console.WriteLine(\"begun\"); for (int i = 0; i < 40; i++) System.Threading.Thread.Sleep(100);");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        Assert.Equal(130, await Run(path, stop: stop.Token));
        Assert.Contains("was stopped in cell 1 of 1", _progress.ToString(), StringComparison.Ordinal);
    }
}
