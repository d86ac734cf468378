namespace AdwUNet.Kernel.Tests.Running;

/// <summary>Surroundings in which something is missing that is mostly there.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SurroundingsTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no bash");
        _folder.Notebook("a.ipynb", "Console.WriteLine(new { A = 1 });");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("$ADW run a.ipynb >&-", "Standard output cannot be written (it is closed)")]
    [InlineData("$ADW run a.ipynb > /dev/full", "Standard output cannot be written (No space left on device)")]
    public async Task Without_standard_output_the_run_continues_and_says_so_once(string line, string cause)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full");
        var run = await CommandRun.ShellAsync(_folder.Root, line);
        Assert.StartsWith(cause, Assert.Single(run.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(0, run.Code);
        Assert.True(File.Exists(_folder.PathOf("out/a.ipynb")));
    }

    [Fact]
    public async Task Without_standard_output_and_error_the_run_continues()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full");
        var run = await CommandRun.ShellAsync(_folder.Root, "$ADW run a.ipynb > /dev/full 2>&1");
        Assert.Equal(0, run.Code);
        Assert.True(File.Exists(_folder.PathOf("out/a.ipynb")));
    }

    [Fact]
    public async Task Outputs_that_cannot_be_saved_for_a_while_are_saved_at_the_end_of_the_cell()
    {
        const string cell = """
            Console.WriteLine("kept");
            System.IO.File.WriteAllText("out", "");
            System.Threading.Thread.Sleep(7000);
            System.IO.File.Delete("out");
            """;
        _folder.Notebook("b.ipynb", "System.IO.Directory.Delete(\"out\", true);" + cell);
        var run = await CommandRun.RunAsync(_folder.Root, "run", "b.ipynb");
        Assert.True(run.Code == 0, run.Output + run.Errors);
        Assert.Contains("cannot be saved", run.Output, StringComparison.Ordinal);
        Assert.Contains("kept", await File.ReadAllTextAsync(_folder.PathOf("out/b.ipynb"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ulimit -n 256; $ADW run a.ipynb")]
    [InlineData("env -u HOME $ADW run a.ipynb")]
    [InlineData("HOME=/nonexistent $ADW run a.ipynb")]
    [InlineData("TMPDIR=/nonexistent $ADW run a.ipynb")]
    public async Task Few_open_files_and_missing_folders_do_not_matter(string line)
    {
        var run = await CommandRun.ShellAsync(_folder.Root, line);
        Assert.True(run.Code == 0, run.Output + run.Errors);
        Assert.Equal("", run.Errors);
    }

    [Theory]
    [InlineData("HOME")]
    [InlineData("TMPDIR")]
    public async Task A_missing_folder_that_a_restore_needs_is_named(string variable)
    {
        _folder.Notebook("b.ipynb", "#r \"nuget: NoSuch.Package, 1.0.0\"");
        var run = await CommandRun.ShellAsync(_folder.Root, $"ADW_CACHE=cache {variable}=/nonexistent $ADW run b.ipynb");
        Assert.Equal(1, run.Code);
        Assert.Contains("'/nonexistent", run.Output, StringComparison.Ordinal);
        Assert.Contains($"set the environment variable {variable} to one that does.", run.Output, StringComparison.Ordinal);
    }
}
