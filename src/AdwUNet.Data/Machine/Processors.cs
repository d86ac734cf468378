namespace AdwUNet;

/// <summary>The processor of this machine.</summary>
internal static class Processors
{
    private const string LinuxProcessors = "/proc/cpuinfo";

    /// <summary>Its name, such as <c>AMD EPYC 9R14</c>.</summary>
    public static string Name { get; } = Read();

    private static string Read()
    {
        var line = File.Exists(LinuxProcessors)
            ? File.ReadLines(LinuxProcessors).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':')[^1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }
}
