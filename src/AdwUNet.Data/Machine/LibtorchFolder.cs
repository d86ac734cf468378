using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AdwUNet;

/// <summary>
/// The libtorch in the folder that the environment variable <see cref="Variable"/> names (that of a PyTorch installation, say), in the place of a
/// package's. On Linux, in programs that were built with <c>-p:TorchBackend=none</c>.
/// </summary>
internal static partial class LibtorchFolder
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "ADWUNET_LIBTORCH";

    private const string Main = "libtorch_cpu.so";

    // In this order each finds what it needs among those already loaded. Without CUDA, two are missing.
    private static readonly string[] Files = ["libc10.so", Main, "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];
    private static readonly string[] Optional = ["libc10_cuda.so", "libtorch_cuda.so"];

    private static readonly string[] Above = ["version.py", "build-version"];

    private static string? s_fault;

    /// <summary>The folder; null where the variable is not set, or on another system than Linux.</summary>
    public static string? Path { get; } = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder
        ? System.IO.Path.GetFullPath(folder)
        : null;

    /// <summary>Loads the libraries. What goes wrong is kept for <see cref="ThrowFault"/>: this runs before the first line of a program.</summary>
    /// <param name="places">Where .NET looks for a program's native libraries.</param>
    public static void Load(IEnumerable<string> places)
    {
        if (places.FirstOrDefault(place => File.Exists(System.IO.Path.Combine(place, Main))) is { } own)
        {
            s_fault = $"{Variable} is {Path}, but this program has a libtorch of its own in {own}, which .NET would load as well: build with -p:TorchBackend=none, or unset the variable.";
            return;
        }

        foreach (var name in Files.Where(name => !Optional.Contains(name) || File.Exists(System.IO.Path.Combine(Path!, name))))
        {
            var file = System.IO.Path.Combine(Path!, name);
            try
            {
                NativeLibrary.Load(file);
            }
            catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
            {
                s_fault = $"{Variable} is {Path}, and {(File.Exists(file) ? $"{file} cannot be loaded ({FirstLine(error.Message)})" : $"{file} is missing")}: name the folder that holds {Main}, such as torch/lib of a PyTorch installation.";
                return;
            }
        }
    }

    /// <exception cref="AdwUNetException">The libraries did not load.</exception>
    public static void ThrowFault()
    {
        if (s_fault is not null)
        {
            throw new AdwUNetException(s_fault);
        }
    }

    /// <summary>The error for a TorchSharp that does not load with this libtorch.</summary>
    /// <param name="fault">What the loader said.</param>
    /// <param name="built">The version that TorchSharp was built for.</param>
    public static string Words(string fault, string built)
    {
        var cause = MissingFunction().Match(fault) is { Success: true } match ? $"it lacks the function {match.Groups[1].Value}, which TorchSharp calls" : fault.Trim().TrimEnd('.');
        return $"TorchSharp cannot use the libtorch {VersionOf(NativeLibrary.Load(System.IO.Path.Combine(Path!, Main))) ?? "of unknown version"} in {Path}: {cause}; use libtorch {built}, for which it was built.";
    }

    /// <summary>Version and folder, and a remark where the version is another than TorchSharp's.</summary>
    /// <param name="handle">A library that exports libtorch's functions.</param>
    /// <param name="built">The version that TorchSharp was built for.</param>
    public static string Describe(nint handle, string built)
    {
        var version = VersionOf(handle);
        return $"{version ?? "unknown version"} of {Path}" + (version == built ? "" : $"; TorchSharp was built for {built}, all functions that it calls are there");
    }

    /// <summary>libtorch's version; null where neither it (since 2.2) nor the files around it say.</summary>
    private static unsafe string? VersionOf(nint handle)
    {
        if (!NativeLibrary.TryGetExport(handle, "aoti_torch_abi_version", out var function))
        {
            return VersionByFiles();
        }

        var version = ((delegate* unmanaged<ulong>)function)(); // a byte each for major, minor and patch, from the highest on
        return $"{version >> 56}.{(version >> 48) & 0xff}.{(version >> 40) & 0xff}";
    }

    // Debian's libtorch_cpu.so.1.13.0; version.py of PyTorch, build-version of the archive from pytorch.org, each above the folder.
    private static string? VersionByFiles()
    {
        var texts = Above.Select(name => System.IO.Path.Combine(Path!, "..", name)).Where(File.Exists).Select(File.ReadAllText)
            .Prepend(File.ResolveLinkTarget(System.IO.Path.Combine(Path!, Main), returnFinalTarget: true)?.Name ?? "");
        return texts.Select(text => Number().Match(text)).FirstOrDefault(match => match.Success)?.Value;
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim().TrimEnd('.');

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"undefined symbol: (\S+)")]
    private static partial Regex MissingFunction();
}
