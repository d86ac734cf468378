using System.Diagnostics;
using System.Globalization;
using AdwUNet.Kernel.Processes;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>No process that a cell has started outlives the kernel. (How a shutdown and a restart end them is in <c>tests/cases</c>.)</summary>
public sealed class ChildrenTests(InstalledKernel installed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Longer than the kernel takes to see new children.</summary>
    private static readonly TimeSpan UntilSeen = TimeSpan.FromSeconds(3);

    /// <summary>A child, a grandchild, and a child with a session of its own.</summary>
    private const string Start = """
        using System.Diagnostics;
        Process Begin(string file, params string[] arguments) => Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true });
        var shell = Begin("/bin/sh", "-c", "sleep 987 & echo $!; wait");
        $"{shell.Id} {shell.StandardOutput.ReadLine()} {Begin("setsid", "sleep", "987").Id}"
        """;

    [Theory]
    [InlineData("kill")]
    [InlineData("exit")]
    [InlineData("shutdown")]
    public async Task Children_and_grandchildren_end_with_the_kernel(string end)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the kernel finds its children in /proc");
        using var kernel = KernelProcess.StartReady(installed.Spec);
        var printed = kernel.Client.Execute(Start).Value!;
        LinuxProcess[] children = [.. printed.Split(' ').Select(id => LinuxProcess.Find(int.Parse(id, CultureInfo.InvariantCulture))!.Value)];
        Assert.Equal(3, children.Length);
        if (end == "kill")
        {
            await Task.Delay(UntilSeen, TestContext.Current.CancellationToken);
            using var process = Process.GetProcessById(kernel.Id);
            process.Kill();
        }
        else if (end == "exit")
        {
            kernel.Client.SendCode("Environment.Exit(0);");
        }
        else
        {
            kernel.Client.SendControl("shutdown_request");
        }

        Assert.True(kernel.WaitForExit(Patience));
        for (var clock = Stopwatch.StartNew(); children.Any(child => child.IsThere) && clock.Elapsed < Patience;)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        foreach (var child in children.Where(child => child.IsThere))
        {
            child.Kill();
            Assert.Fail($"Process {child.Id} of {printed} is there still.");
        }
    }
}
