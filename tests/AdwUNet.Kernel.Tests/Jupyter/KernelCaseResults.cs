using System.Collections.Concurrent;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>The sessions of <c>tests/cases/kernel/cells.json</c> in our kernel. Each is run once, for all tests that use its result.</summary>
internal static class KernelCaseResults
{
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyList<string>>> Differences = new(StringComparer.Ordinal);

    /// <summary>All sessions, by name.</summary>
    public static IReadOnlyDictionary<string, KernelCase> Cases { get; } = Load();

    /// <summary>How a session of our kernel differs from its case; empty if it does not.</summary>
    public static IReadOnlyList<string> Of(string name, InstalledKernel installed) =>
        Differences.GetOrAdd(name, _ => new(() => Cases[name].Run(installed.Spec))).Value;

    /// <summary>Reads the sessions.</summary>
    public static Dictionary<string, KernelCase> Load() =>
        KernelCase.Load(Path.Combine(Repository.Root, "tests", "cases", "kernel", "cells.json")).ToDictionary(each => each.Name);
}
