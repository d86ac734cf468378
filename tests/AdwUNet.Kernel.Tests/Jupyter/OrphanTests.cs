using System.Diagnostics;
using System.Globalization;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>A front end that is killed cannot stop its kernel: the kernel must see for itself.</summary>
public sealed class OrphanTests(InstalledKernel installed) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("while (true) { }")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("new System.Threading.Thread(() => System.Threading.Thread.Sleep(-1)).Start();")]
    public async Task A_kernel_ends_when_its_front_end_is_killed(string code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        var connection = new Connection();
        var file = _folder.PathOf("connection.json");
        connection.Write(file);
        // The shell plays the front end: Jupyter's client tells its kernels its process number in this variable.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "JPY_PARENT_PID=$$ \"$@\" & echo $!; wait", "sh", .. installed.Spec.CommandLine(file)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Root,
        };
        foreach (var (name, value) in installed.Spec.Environment)
            start.Environment[name] = value;
        using var frontEnd = Process.Start(start)!;
        var line = await frontEnd.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var kernel = Process.GetProcessById(int.Parse(line!, CultureInfo.InvariantCulture));
        try
        {
            using var client = new KernelClient(connection);
            client.WaitUntilReady();
            client.SendCode(code);
            Assert.Equal("busy", (string?)client.Output().Content["execution_state"]);
            frontEnd.Kill();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(Patience);
            await kernel.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!kernel.HasExited)
                kernel.Kill();
        }
    }
}
