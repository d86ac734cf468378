using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Runs;

/// <summary>Distinguishes processes that have the same process id.</summary>
internal static class ProcessIdentity
{
    /// <summary>
    /// The scope of process ids: on Linux the boot id and the PID namespace, because containers have their own process ids; on other systems
    /// the host.
    /// </summary>
    public static string Machine { get; } = OperatingSystem.IsLinux()
        ? $"{Environment.MachineName} {BootId()} {PidNamespace()}"
        : Environment.MachineName;

    /// <summary>The start time of a process of this machine, in a form that is equal for all callers; null if the process has ended.</summary>
    public static string? StartOf(int process) => OperatingSystem.IsLinux() ? LinuxStartOf(process) : OtherStartOf(process);

    // Process.StartTime is unsuitable: it is derived from the time of day, and two callers get values that differ by some milliseconds.
    private static string? LinuxStartOf(int process)
    {
        const int state = 0; // index after the name, which is in parentheses and may contain any character
        const int start = 19;
        try
        {
            var line = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');

            // A zombie has ended; the system keeps its entry until its parent reads it.
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
