using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>
/// The table of features in the kernel's README is what both engines do. With <c>ADWUNET_WRITE_FEATURES=1</c> the table is written instead.
/// </summary>
public sealed class FeatureTableTests(InstalledKernel installed, ITestOutputHelper output)
{
    [Fact]
    public void The_README_says_of_adw_what_it_does()
    {
        var faults = new List<string>();
        var found = FeatureTable.Ask(installed.Spec, name => KernelCaseResults.Of(name, installed), faults);
        faults.ForEach(output.WriteLine);
        if (Environment.GetEnvironmentVariable(FeatureTable.WriteVariable) == "1")
        {
            var theirs = DotNetInteractive.Spec ?? throw new InvalidOperationException(DotNetInteractive.Missing);
            faults.Clear();
            FeatureTable.Write(DotNetInteractive.Version, FeatureTable.Ask(theirs, name => KernelCaseResults.Cases[name].Run(theirs), faults), found);
            faults.ForEach(output.WriteLine);
        }

        Same(found, [.. FeatureTable.Read().Select(row => (row.Feature, row.Ours))], faults);
    }

    [Fact]
    public void The_table_was_written_for_the_cells_as_they_are() => Assert.True(
        FeatureTable.Cells == FeatureTable.CellsOfReadme,
        $"The cells have changed ({FeatureTable.Cells}) since the table was written ({FeatureTable.CellsOfReadme}). Set {FeatureTable.WriteVariable}=1 to write it.");

    /// <summary>Not part of each run: .NET Interactive is archived, so that its answers change only with the cells.</summary>
    [Fact(Explicit = true)]
    public void The_README_says_of_NET_Interactive_what_it_does()
    {
        Assert.SkipWhen(DotNetInteractive.Spec is null, DotNetInteractive.Missing);
        var faults = new List<string>();
        var found = FeatureTable.Ask(DotNetInteractive.Spec!, name => KernelCaseResults.Cases[name].Run(DotNetInteractive.Spec!), faults);
        Same(found, [.. FeatureTable.Read().Select(row => (row.Feature, row.Theirs))], faults);
    }

    private static void Same(IReadOnlyList<(string, bool)> found, IReadOnlyList<(string, bool)> read, IEnumerable<string> faults) => Assert.True(
        found.SequenceEqual(read),
        $"The table differs from what was found: {string.Join("; ", found.Except(read).Concat(read.Except(found)).Distinct())}. Set {FeatureTable.WriteVariable}=1 to write it.\n{string.Join('\n', faults)}");
}
