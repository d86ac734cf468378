using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>The sessions of <c>tests/cases/kernel/cells.json</c>, over the Jupyter protocol.</summary>
public sealed class KernelCasesTests(InstalledKernel installed)
{
    /// <summary>Sessions that the kernel does not pass yet.</summary>
    private static readonly string[] Open =
    [
        "plotly-first", "plotly-one-cell", "plotly-second", "package-of-the-engine", "package-of-formatting", "data-frame", "latex", "input",
        "display-id", "usings", "quiet",
        "return", "is-complete", "wire", "children-shutdown", "children-restart",
    ];

    private static readonly IReadOnlyList<KernelCase> Cases = KernelCase.Load(Path.Combine(Repository.Root, "tests", "cases", "kernel", "cells.json"));

    public static TheoryData<string> Names => [.. Cases.Select(each => each.Name).Except(Open)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Session_behaves_as_its_case_says(string name) =>
        Assert.Empty(Cases.Single(each => each.Name == name).Run(installed.Spec));
}
