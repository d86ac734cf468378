using System.Text.Json;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>A notebook that runs again as a worker of itself: how it finds its command, and <c>--silent</c>.</summary>
public sealed class SilentRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_notebook_finds_the_command_that_runs_it_again()
    {
        _folder.Parameterised("a.ipynb", "int n = 1; string text = \"\";", """
            System.IO.File.WriteAllLines("found", new[] { "ADW_COMMAND", "ADW_NOTEBOOK", "ADW_PARAMETERS" }.Select(Environment.GetEnvironmentVariable));
            System.IO.File.AppendAllText("values", $"{n} {text};");
            """);
        Assert.Equal(0, (await CommandRun.RunAsync(_folder.Root, "run", "a.ipynb", "-p", "n=4", "-p", "text=it's \"so\"")).Code);
        var found = await File.ReadAllLinesAsync(_folder.PathOf("found"), TestContext.Current.CancellationToken);
        Assert.Equal(_folder.PathOf("a.ipynb"), found[1]);
        var values = JsonSerializer.Deserialize<Dictionary<string, string>>(found[2])!;
        Assert.Equal([("n", "4"), ("text", "it's \"so\"")], values.Select(pair => (pair.Key, pair.Value)));

        var command = JsonSerializer.Deserialize<string[]>(found[0])!;
        using var again = new System.Diagnostics.Process
        {
            StartInfo = new(command[0], [.. command[1..], "run", "--silent", found[1], .. values.SelectMany(pair => new[] { "-p", $"{pair.Key}={pair.Value}" })])
            {
                WorkingDirectory = "/",
            },
        };
        again.Start();
        await again.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, again.ExitCode);
        Assert.Equal("4 it's \"so\";4 it's \"so\";", await File.ReadAllTextAsync(_folder.PathOf("values"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_silent_run_keeps_and_shows_nothing_and_ends_with_the_notebooks_code()
    {
        _folder.Notebook("a.ipynb", "Console.WriteLine(\"printed\"); display(\"shown\"); 3", "Environment.Exit(75);", "throw new Exception(\"not reached\");");
        var (code, output, errors) = await CommandRun.RunAsync(_folder.Root, "run", "--silent", "a.ipynb");
        Assert.Equal((75, "", ""), (code, output, errors));
        Assert.Equal(["a.ipynb"], Directory.GetFileSystemEntries(_folder.Root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_silent_run_shows_the_error_of_a_cell()
    {
        _folder.Notebook("a.ipynb", "throw new Exception(\"Run 01 first.\");");
        var (code, output, errors) = await CommandRun.RunAsync(_folder.Root, "run", "--silent", "a.ipynb");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("a.ipynb, cell 1 of 1: Run 01 first.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_run_leaves_signals_to_the_notebook()
    {
        Interrupts.SkipWhereImpossible();
        _folder.Notebook("handles.ipynb", """
            using System.Runtime.InteropServices;
            var stop = new System.Threading.ManualResetEvent(false);
            var handler = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => { signal.Cancel = true; stop.Set(); });
            System.IO.File.WriteAllText("begun", "");
            stop.WaitOne();
            Environment.Exit(9);
            """);
        _folder.Notebook("leaves.ipynb", "System.IO.File.WriteAllText(\"begun\", \"\"); System.Threading.Thread.Sleep(-1);");
        Assert.Equal(9, await TerminateAsync("handles.ipynb"));
        Assert.Equal(143, await TerminateAsync("leaves.ipynb"));
    }

    private async Task<int> TerminateAsync(string notebook)
    {
        File.Delete(_folder.PathOf("begun"));
        var process = CommandRun.Start(_folder.Root, "run", "--silent", notebook);
        await CommandRun.UntilAsync(() => File.Exists(_folder.PathOf("begun")));
        using (System.Diagnostics.Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            return (await CommandRun.EndAsync(process)).Code;
        }
    }
}
