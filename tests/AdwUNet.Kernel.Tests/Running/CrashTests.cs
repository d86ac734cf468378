using System.Diagnostics;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>Cells that end their process, and processes that are killed.</summary>
public sealed class CrashTests : IDisposable
{
    private const string Before = "Console.WriteLine(\"kept\");";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Environment.Exit(0);", "ended by Environment.Exit(0)")]
    [InlineData("new System.Threading.Thread(() => Environment.Exit(3)).Start(); System.Threading.Thread.Sleep(-1);", "ended by Environment.Exit(3)")]
    [InlineData("await Task.Run(() => Environment.Exit(3));", "ended by Environment.Exit(3)")]
    [InlineData("Environment.FailFast(\"bad\");", "crashed (SIGABRT)")]
    [InlineData("[System.Runtime.InteropServices.DllImport(\"libc\")] static extern void abort(); abort();", "crashed (SIGABRT)")]
    [InlineData("[System.Runtime.InteropServices.DllImport(\"libc\")] static extern void exit(int code); exit(0);", "ended with exit code 0")]
    [InlineData("System.Diagnostics.Process.GetCurrentProcess().Kill(); System.Threading.Thread.Sleep(-1);", "killed (SIGKILL)")]
    public async Task The_end_of_the_process_keeps_outputs_and_names_what_was_not_run(string cell, string cause)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no signals there");
        _folder.Notebook("1.ipynb", "1", Before + cell, "2");
        var second = _folder.Notebook("2.ipynb", "2");
        Directory.CreateDirectory(_folder.PathOf("out"));
        _folder.Write("out/2.ipynb", "earlier");
        var run = await CommandRun.RunAsync(_folder.Root, "run", ".");
        Assert.Equal(1, run.Code);
        Assert.Contains(cause, run.Output, StringComparison.Ordinal);
        Assert.Contains($"Not run: cell 3 of {_folder.PathOf("1.ipynb")}, {second} (", run.Output, StringComparison.Ordinal);
        Assert.Equal("earlier", File.ReadAllText(_folder.PathOf("out/2.ipynb")));
        var executed = Notebook.Load(_folder.PathOf("out/1.ipynb"));
        Assert.Single(executed.Cells[0].Outputs);
        Assert.Equal("kept\n", NotebookCell.TextOf(executed.Cells[1].Outputs[0]!["text"]));
        Assert.Equal("ProcessEnded", (string?)executed.Cells[1].Outputs[1]!["ename"]);
        Assert.Empty(executed.Cells[2].Outputs);
    }

    [Theory]
    [InlineData("new Microsoft.DotNet.Interactive.Formatting.FormattedValue(\"application/json\", \"{\\\"x\\\": NaN}\")", "'N'")]
    [InlineData("Microsoft.DotNet.Interactive.KernelInvocationContext.Current.OnComplete(_ => throw new Exception(\"late\"));", "late")]
    public async Task An_output_or_a_last_act_that_fails_is_an_error_of_its_cell(string cell, string cause)
    {
        _folder.Notebook("1.ipynb", "1", cell, "3");
        var run = await CommandRun.RunAsync(_folder.Root, "run", ".");
        Assert.Equal(1, run.Code);
        Assert.Equal("", run.Errors);
        var executed = Notebook.Load(_folder.PathOf("out/1.ipynb"));
        Assert.Single(executed.Cells[0].Outputs);
        Assert.Contains(cause, executed.Cells[1].Outputs[^1]!["evalue"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_allowed_error_does_not_cover_the_end_of_the_process()
    {
        var path = _folder.Notebook("1.ipynb", "Environment.Exit(0);", "2");
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(path, text.Replace("\"metadata\":{}", "\"metadata\":{\"tags\":[\"raises-exception\"]}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var run = await CommandRun.RunAsync(_folder.Root, "run", ".");
        Assert.Equal(1, run.Code);
        Assert.Contains("Not run: cell 2 of", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_of_the_command_ends_its_cells_with_their_children_and_keeps_the_outputs_so_far()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the children are found in /proc");
        _folder.Notebook("1.ipynb", "$\"{Environment.ProcessId} {System.Diagnostics.Process.Start(\"sleep\", \"600\").Id}\"", "Console.WriteLine(\"begun\"); System.IO.File.WriteAllText(\"begun\", \"\"); System.Threading.Thread.Sleep(-1);");
        using var process = CommandRun.Start(_folder.Root, "run", ".");
        await CommandRun.UntilAsync(() => File.Exists(_folder.PathOf("begun")));
        var saved = Notebook.Load(_folder.PathOf("out/1.ipynb"));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var cells = NotebookCell.TextOf(saved.Cells[0].Outputs[0]!["data"]!["text/plain"]).Split(' ').Select(int.Parse);
        await CommandRun.UntilAsync(() => !cells.Any(Exists));
        Assert.Single(Notebook.Load(_folder.PathOf("out/1.ipynb")).Cells[0].Outputs);
    }

    [Fact]
    public async Task Outputs_of_a_running_cell_are_saved_at_intervals()
    {
        _folder.Notebook("1.ipynb", "Console.WriteLine(\"begun\"); System.Threading.Thread.Sleep(-1);");
        using var process = CommandRun.Start(_folder.Root, "run", ".");
        try
        {
            await CommandRun.UntilAsync(() => File.Exists(_folder.PathOf("out/1.ipynb")));
            Assert.Equal("begun\n", NotebookCell.TextOf(Notebook.Load(_folder.PathOf("out/1.ipynb")).Cells[0].Outputs[0]!["text"]));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Processes_that_cells_start_end_with_their_notebook()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the children are found in /proc");
        const string leave = "var left = System.Diagnostics.Process.Start(\"sleep\", \"600\"); System.IO.File.WriteAllText(\"left\", $\"{left.Id}\");";
        _folder.Notebook("1.ipynb", leave);
        _folder.Notebook("2.ipynb",
            "var earlier = $\"/proc/{System.IO.File.ReadAllText(\"left\")}\"; for (var i = 0; i < 500 && System.IO.Directory.Exists(earlier); i++) await Task.Delay(20);",
            "System.IO.Directory.Exists(earlier)", leave, "Environment.Exit(1);");
        var run = await CommandRun.RunAsync(_folder.Root, "run", ".");
        await CommandRun.UntilAsync(() => !Exists(int.Parse(File.ReadAllText(_folder.PathOf("left")))));
        Assert.Equal(1, run.Code);
        Assert.Equal("False", NotebookCell.TextOf(Notebook.Load(_folder.PathOf("out/2.ipynb")).Cells[1].Outputs[0]!["data"]!["text/plain"]));
    }

    private static bool Exists(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
