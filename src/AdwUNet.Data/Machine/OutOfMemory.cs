using System.Globalization;
using System.Runtime.InteropServices;

namespace AdwUNet;

/// <summary>What the runtime and libtorch say when memory is used up, and how much is left.</summary>
internal static class OutOfMemory
{
    private const string MachineFile = "/proc/meminfo";
    private const string LimitsFile = "/proc/self/limits";
    private const string StatusFile = "/proc/self/status";
    private const string ContainerFolder = "/sys/fs/cgroup";
    private const long Kibibyte = 1024;

    // Of libtorch's CPU and CUDA allocators, of cuDNN, cuBLAS and oneDNN, and of the C++ runtime.
    private static readonly string[] Signs =
    [
        "can't allocate memory", "not enough memory", "out of memory", "cannot allocate memory", "bad_alloc", "bad allocation",
        "could not create a memory object", "ALLOC_FAILED",
    ];

    private static readonly string[] OfGpu = ["CUDA", "CUBLAS", "CUDNN"];

    /// <summary>Whether an error, or its cause, is a lack of memory.</summary>
    public static bool Is(Exception error) => Causes(error).Any(e =>
        e is OutOfMemoryException || (e is ExternalException && Signs.Any(sign => e.Message.Contains(sign, StringComparison.OrdinalIgnoreCase))));

    /// <summary>Whether the memory that is lacking is that of a GPU, about which <see cref="FreeBytes"/> says nothing.</summary>
    public static bool IsOfGpu(Exception error) => Is(error) && Causes(error).Any(e => OfGpu.Any(name => e.Message.Contains(name, StringComparison.Ordinal)));

    /// <summary>Bytes that this process can still take: of the machine's, the container's and its own address space the least.</summary>
    public static long FreeBytes()
    {
        long?[] limits = [OfMachine(), OfContainer(), OfAddressSpace()];
        return limits.OfType<long>().DefaultIfEmpty(OfRuntime()).Min();
    }

    /// <summary>A number of bytes for a sentence.</summary>
    public static string Words(double bytes)
    {
        const double giga = 1e9, mega = 1e6;
        return bytes >= giga
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / giga:0.0} GB")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(bytes / mega, 0):0} MB");
    }

    private static IEnumerable<Exception> Causes(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }

    private static long? OfMachine() => Field(MachineFile, "MemAvailable:") * Kibibyte;

    private static long? OfContainer() =>
        Number(Path.Combine(ContainerFolder, "memory.max")) - Number(Path.Combine(ContainerFolder, "memory.current"));

    private static long? OfAddressSpace() => Field(LimitsFile, "Max address space") - (Field(StatusFile, "VmSize:") * Kibibyte);

    private static long OfRuntime()
    {
        var info = GC.GetGCMemoryInfo();
        return Math.Max(0, info.TotalAvailableMemoryBytes - info.MemoryLoadBytes);
    }

    /// <summary>The number behind a name in a file of the system; null where there is none, or "unlimited".</summary>
    private static long? Field(string path, string name)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var first = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        return long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    private static long? Number(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
