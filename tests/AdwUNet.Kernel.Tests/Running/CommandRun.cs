using System.Diagnostics;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>The command as its users start it: a process with an exit code.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record CommandRun(int Code, string Output, string Errors)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs <c>adw</c> in a folder.</summary>
    public static Task<CommandRun> RunAsync(string folder, params string[] arguments) => EndAsync(Start(folder, arguments));

    /// <summary>Runs a line of a shell, in which <c>$ADW</c> stands for the command.</summary>
    public static Task<CommandRun> ShellAsync(string folder, string line) => EndAsync(StartShell(folder, line));

    /// <summary>Starts <c>adw</c> in a folder; both its streams must be read.</summary>
    public static Process Start(string folder, params string[] arguments) =>
        Start(folder, Framework.DotnetCommand, [Repository.Command, .. arguments]);

    /// <summary>Waits until something is the case.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Patience);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits for the end of the command.</summary>
    public static async Task<CommandRun> EndAsync(Process process)
    {
        var (output, errors) = (ReadToEnd(process.StandardOutput), ReadToEnd(process.StandardError));
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            return new CommandRun(process.ExitCode, await output, await errors);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The command did not end within {Patience.TotalSeconds:0} s.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }

    private static Process StartShell(string folder, string line)
    {
        var command = $"ADW='{Framework.DotnetCommand} {Repository.Command}'; {line}";
        return Start(folder, "bash", ["-c", command]);
    }

    private static Process Start(string folder, string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>What the command writes. A process of its own that outlives it would keep the stream open.</summary>
    private static Task<string> ReadToEnd(StreamReader stream) =>
        stream.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
}
