using System.Runtime.InteropServices;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>Ctrl-C, sent to processes that a test started.</summary>
internal static partial class Interrupts
{
    private const int Interrupt = 2;

    /// <summary>Skips a test where Ctrl-C cannot reach what it starts.</summary>
    public static void SkipWhereImpossible()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no signals to send");
        Assert.SkipWhen(IsIgnored(), "SIGINT is ignored here, as in the background of a shell script, and so by what is started from here");
    }

    /// <summary>Sends Ctrl-C to a process.</summary>
    public static void Send(int process) => Assert.Equal(0, Kill(process, Interrupt));

    /// <summary>Whether this process, and so each that it starts, passes over Ctrl-C; told by Linux alone.</summary>
    private static bool IsIgnored()
    {
        const string status = "/proc/self/status";
        const string field = "SigIgn:";
        var ignored = File.Exists(status)
            ? File.ReadLines(status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..].Trim()
            : null;
        return ignored is not null && (Convert.ToUInt64(ignored, 16) >> (Interrupt - 1) & 1) == 1;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
