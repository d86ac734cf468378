namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>The groups of the Python package <c>jupyter_kernel_test</c>, each a test.</summary>
public sealed class KernelTestTests(KernelTestRun run) : IClassFixture<KernelTestRun>
{
    private const int GroupCount = 12;

    [Theory]
    [InlineData("test_kernel_info")]
    [InlineData("test_execute_stdout")]
    [InlineData("test_execute_stderr")]
    [InlineData("test_execute_result")]
    [InlineData("test_display_data")]
    [InlineData("test_clear_output")]
    [InlineData("test_error")]
    [InlineData("test_completion")]
    [InlineData("test_inspect")]
    [InlineData("test_is_complete")]
    [InlineData("test_history")]
    [InlineData("test_pager")]
    public void Group_passes(string group)
    {
        Assert.SkipWhen(run.Missing is not null, run.Missing ?? "");
        Assert.True(run.Groups.Contains(group), $"{group} was not run: {run.Report}");
        var failures = run.FailuresOf(group);
        Assert.True(failures.Length == 0, failures);
    }

    [Fact]
    public void All_groups_are_here()
    {
        Assert.SkipWhen(run.Missing is not null, run.Missing ?? "");
        Assert.Equal(GroupCount, run.Groups.Count());
    }
}
