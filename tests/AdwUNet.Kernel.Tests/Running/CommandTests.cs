using AdwUNet.Kernel.Notebooks;
using AdwUNet.Kernel.Running;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>The command as its users start it: a process with an exit code.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<CommandRun> Run(params string[] arguments) => CommandRun.RunAsync(_folder.Root, ["run", .. arguments]);

    [Fact]
    public async Task A_successful_run_exits_with_0_and_names_the_folder_of_the_pages()
    {
        // A thread that fails and one that never ends are the notebook's own affair.
        _folder.Parameterised("a.ipynb", "int n = 1;", """
            new System.Threading.Thread(() => throw new Exception("in a thread")).Start();
            new System.Threading.Thread(() => System.Threading.Thread.Sleep(-1)).Start();
            await Task.Delay(300);
            n
            """);
        var (code, output, errors) = await Run(".", "-p", "n=4", "--html");
        Assert.True(code == 0, output + errors);
        Assert.Contains("Pages: " + _folder.PathOf("out/index.html"), output, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(_folder.PathOf("out/a.html"), TestContext.Current.CancellationToken);
        Assert.Contains("in a thread", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_exits_with_1_and_one_sentence()
    {
        _folder.Notebook("a.ipynb", "throw new Exception(\"Run 01 first.\");");
        var (code, output, _) = await Run("a.ipynb");
        Assert.Equal(1, code);
        Assert.Contains("a.ipynb, cell 1 of 1: Run 01 first.", output, StringComparison.Ordinal);
        var (refused, _, errors) = await Run("a.ipynb", "-p", "n");
        Assert.Equal((1, "'-p n' sets nothing: write -p name=value.\n"), (refused, errors.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task Outputs_that_cannot_be_written_are_one_sentence()
    {
        _folder.Notebook("a.ipynb", "1");
        _folder.Write("file", "");
        var (code, _, errors) = await Run("a.ipynb", "--out", "file/out");
        Assert.Equal(1, code);
        Assert.StartsWith("The outputs cannot be written: ", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_ends_with_130_after_the_cell_has_tidied_up()
    {
        Interrupts.SkipWhereImpossible();
        _folder.Notebook("a.ipynb", """
            using Microsoft.DotNet.Interactive;
            System.IO.File.WriteAllText("begun", "");
            try { await Task.Delay(-1, KernelInvocationContext.Current.CancellationToken); }
            finally { System.IO.File.WriteAllText("tidied", ""); }
            """);
        var process = CommandRun.Start(_folder.Root, "run", "a.ipynb");
        await CommandRun.UntilAsync(() => File.Exists(_folder.PathOf("begun")));
        Interrupts.Send(process.Id);
        var run = await CommandRun.EndAsync(process);
        Assert.Equal(130, run.Code);
        Assert.True(File.Exists(_folder.PathOf("tidied")));
        Assert.True(File.Exists(_folder.PathOf("out/a.ipynb")));
    }

    [Fact]
    public async Task A_second_interrupt_ends_with_137_and_the_cells_error_says_so()
    {
        Interrupts.SkipWhereImpossible();
        _folder.Notebook("a.ipynb", """
            using Microsoft.DotNet.Interactive;
            KernelInvocationContext.Current.CancellationToken.Register(() => System.IO.File.WriteAllText("asked", ""));
            System.IO.File.WriteAllText("begun", "");
            System.Threading.Thread.Sleep(-1);
            """);
        var process = CommandRun.Start(_folder.Root, "run", "a.ipynb");
        foreach (var file in (string[])["begun", "asked"])
        {
            await CommandRun.UntilAsync(() => File.Exists(_folder.PathOf(file)));
            Interrupts.Send(process.Id);
        }

        var run = await CommandRun.EndAsync(process);
        Assert.Equal(137, run.Code);
        var error = Notebook.Load(_folder.PathOf("out/a.ipynb")).Cells[0].Outputs.Single()!;
        Assert.Equal("The process of the cells was ended at once by a second request to stop (Ctrl-C or SIGTERM).", (string?)error["evalue"]);
    }

    [Fact]
    public void A_process_that_cannot_be_started_is_one_sentence()
    {
        var error = Assert.Throws<NotebookException>(() => new CellProcess(TimeSpan.Zero, dotnet: _folder.PathOf("dotnet")));
        Assert.StartsWith("The process of the cells cannot be started: ", error.Message, StringComparison.Ordinal);
    }
}
