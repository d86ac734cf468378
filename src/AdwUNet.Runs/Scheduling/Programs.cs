using System.ComponentModel;
using System.Diagnostics;

namespace AdwUNet.Scheduling;

/// <summary>Programs on the path.</summary>
internal static class Programs
{
    /// <summary>The full path of a program; null if there is none of that name on the path.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(folder => OperatingSystem.IsWindows() ? new[] { Path.Combine(folder, name + ".exe") } : [Path.Combine(folder, name)])
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="RunException">It cannot be started, or it failed; the message has its own error.</exception>
    public static string Run(string name, params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new RunException($"{name} failed with exit code {process.ExitCode}: {error.GetAwaiter().GetResult().Trim()}");
        }
        catch (Win32Exception error)
        {
            throw new RunException($"{name} cannot be started: {error.Message}.", error);
        }
    }
}
