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
