using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>The sessions of <c>tests/cases/kernel/cells.json</c>, over the Jupyter protocol.</summary>
public sealed class KernelCasesTests(InstalledKernel installed)
{
    private static readonly IReadOnlyList<KernelCase> Cases = KernelCase.Load(Path.Combine(Repository.Root, "tests", "cases", "kernel", "cells.json"));

    public static TheoryData<string> Names => [.. Cases.Select(each => each.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Session_behaves_as_its_case_says(string name)
    {
        var differences = Cases.Single(each => each.Name == name).Run(installed.Spec);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
