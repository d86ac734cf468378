using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>The sessions of <c>tests/cases/kernel/cells.json</c>, over the Jupyter protocol.</summary>
public sealed class KernelCasesTests(InstalledKernel installed)
{
    public static TheoryData<string> Names => [.. KernelCaseResults.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Session_behaves_as_its_case_says(string name)
    {
        var differences = KernelCaseResults.Of(name, installed);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
