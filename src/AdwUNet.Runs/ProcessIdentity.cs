using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Runs;

/// <summary>What tells processes apart whose numbers are the same.</summary>
internal static class ProcessIdentity
{
    /// <summary>
    /// Where numbers of processes mean the same processes: on Linux the boot and, since containers count for themselves, the namespace;
    /// elsewhere the host.
    /// </summary>
    public static string Machine { get; } = OperatingSystem.IsLinux()
        ? $"{Environment.MachineName} {BootId()} {PidNamespace()}"
        : Environment.MachineName;

    /// <summary>When a process of this machine started, in a form that is the same for everyone who asks; null where it does not live.</summary>
    public static string? StartOf(int process) => OperatingSystem.IsLinux() ? LinuxStartOf(process) : OtherStartOf(process);

    // Process.StartTime is no good here: it is computed from the time of day, and two processes that ask differ by some milliseconds.
    private static string? LinuxStartOf(int process)
    {
        const int state = 0; // of the fields after the name, which is in brackets and may hold anything
        const int start = 19;
        try
        {
            var line = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');

            // A zombie or dead one is only remembered, until its parent asks.
            return fields[state] is "Z" or "X" ? null : fields[start];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string? OtherStartOf(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return found.HasExited ? null : found.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string BootId() => Read(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    private static string PidNamespace() => Read(() => File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? string.Empty);

    private static string Read(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
