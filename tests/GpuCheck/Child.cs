using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace AdwUNet.GpuCheck;

/// <summary>Fresh processes, whose last line is a <see cref="StepResult"/>.</summary>
internal static class Child
{
    /// <summary>This program with other arguments, however it was started.</summary>
    public static ProcessStartInfo Self(params string[] arguments)
    {
        var program = Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new(program, isDotnet ? [Assembly.GetEntryAssembly()!.Location, .. arguments] : arguments);
    }

    /// <summary>Runs a process to its end, or to the end of the time.</summary>
    public static StepResult Run(ProcessStartInfo start, TimeSpan patience)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        try
        {
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (!process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                return new() { Error = $"not ended after {patience.TotalSeconds:0} s" };
            }

            var last = output.Result.TrimEnd().Split('\n')[^1];
            return last.StartsWith('{')
                ? JsonSerializer.Deserialize<StepResult>(last)!
                : new() { Error = $"ended with code {process.ExitCode}: {errors.Result.Trim().Split('\n')[^1]}" };
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return new() { Error = error.Message };
        }
    }
}
