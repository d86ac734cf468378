using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>
/// Sets the cache sizes of oneDNN, which computes libtorch's convolutions on a CPU, if oneDNN cannot detect them. A virtual
/// machine may hide the caches of an AMD processor (CPUID leaf 0x8000001D all zero); oneDNN then takes each cache for one byte, and with
/// so small a first level it reorders tensors whose channels do not fill a block of 16 wrongly: convolutions of 20, 24 or 40
/// channels and transposed ones of 48 give other numbers or NaN, and no error. (Seen in oneDNN 3.7.1 of libtorch 2.10; where the first level counts:
/// prb_block_for_cache in jit_uni_reorder.cpp.)
/// </summary>
/// <remarks>
/// No variable of oneDNN sets these sizes. <c>strings libtorch_cpu.so</c> shows those that it reads after <c>ONEDNN_</c>: MAX_CPU_ISA, CPU_ISA_HINTS,
/// DEFAULT_FPMATH_MODE, PRIMITIVE_CACHE_CAPACITY, JIT_DUMP and VERBOSE with its kin. MAX_CPU_ISA=SSE41 avoids the wrong reorder, but makes all
/// convolutions several times slower, and the C API has no function for the sizes either. So this class writes them to oneDNN's own variables in the
/// memory of the process: only where the caches are hidden, only in the version of libtorch whose variables are known, and only over the
/// exact description that a processor without caches gives. It computes convolutions afterwards, and refuses the machine if they are wrong.
/// </remarks>
internal static class OneDnnCaches
{
    private const int CacheLeaf = unchecked((int)0x8000001D);
    private const int FirstLevelLeaf = unchecked((int)0x80000005);
    private const int SecondLevelLeaf = unchecked((int)0x80000006);

    // Where a size is not to be had at all: what oneDNN itself assumes of processors that it does not know.
    private const int AssumedFirstLevel = 32 << 10;
    private const int AssumedSecondLevel = 512 << 10;
    private const int AssumedThirdLevel = 1 << 20;

    // The version in which Hidden is the description's layout.
    private const string KnownLibtorch = "2.10.0";

    // Far above rounding in float32, far below a wrong reorder (0.1 and more).
    private const double LargestError = 1e-3;

    private static readonly Lazy<bool> Mended = new(MendWhereHidden);

    /// <summary>What oneDNN's description of a processor holds from its core counts to its AVX10 version when it saw no cache:
    /// cores [2], sizes [10], sharing cores [10], levels, version.</summary>
    private static readonly int[] Hidden = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0];

    /// <summary>Corrects oneDNN's cache sizes if the machine hides them, once per process. Everything that convolves on a CPU calls it first.</summary>
    /// <returns>Whether the sizes were corrected.</returns>
    /// <exception cref="DeviceException">Convolutions are wrong on this machine, even with corrected sizes.</exception>
    public static bool Mend() => Mended.Value;

    private static bool MendWhereHidden()
    {
        if (!OperatingSystem.IsLinux() || !X86Base.IsSupported || !AreHidden())
        {
            return false;
        }

        // oneDNN looks at the processor when it is first asked for something.
        _ = ErrorOf(16, 16);
        var places = IsKnown(__version__) ? Replace(Hidden, Known()) : (int?)null;
        if (Math.Max(ErrorOf(24, 16), ErrorOfTransposed(48)) is var error and not <= LargestError)
        {
            throw new DeviceException(Fault(error, places, __version__));
        }

        return places > 0;
    }

    /// <summary>Whether the layout of oneDNN's variables is known.</summary>
    /// <param name="version">Of libtorch, such as <c>2.10.0.0</c>.</param>
    internal static bool IsKnown(string version) => version == KnownLibtorch || version.StartsWith(KnownLibtorch + ".", StringComparison.Ordinal);

    /// <param name="error">The relative error of a convolution.</param>
    /// <param name="places">How many descriptions were corrected; null in an unknown version.</param>
    /// <param name="version">Of libtorch.</param>
    internal static string Fault(double error, int? places, string version) => string.Create(
        CultureInfo.InvariantCulture,
        $"libtorch computes convolutions wrongly on this processor (relative error {error:g2}), because the virtual machine hides the processor's caches, "
        + $"and {(places is null ? $"their sizes are corrected in libtorch {KnownLibtorch} only, not in {version}" : $"correcting their sizes in {places} place(s) did not help")}; "
        + $"set the environment variable ONEDNN_MAX_CPU_ISA to SSE41, which is slow, or use another machine.");

    private static bool AreHidden()
    {
        var (_, vendorB, vendorC, vendorD) = X86Base.CpuId(0, 0);
        var isAmd = (vendorB, vendorD, vendorC) == (0x68747541, 0x69746E65, 0x444D4163); // "Auth" "enti" "cAMD"
        return isAmd && X86Base.CpuId(CacheLeaf, 0) is (0, 0, 0, 0);
    }

    /// <summary>The description with the sizes that the processor's older leaves tell, in bytes for each core.</summary>
    private static int[] Known()
    {
        var description = (int[])Hidden.Clone();
        var first = (int)((uint)X86Base.CpuId(FirstLevelLeaf, 0).Ecx >> 24) << 10;
        var second = (int)((uint)X86Base.CpuId(SecondLevelLeaf, 0).Ecx >> 16) << 10;
        (description[2], description[3], description[4]) = (
            first > 0 ? first : AssumedFirstLevel, second > 0 ? second : AssumedSecondLevel, AssumedThirdLevel);
        return description;
    }

    /// <summary>Replaces a run of numbers in libtorch's own variables.</summary>
    /// <returns>In how many places.</returns>
    private static int Replace(int[] from, int[] to)
    {
        var (search, with) = (MemoryMarshal.AsBytes<int>(from).ToArray(), MemoryMarshal.AsBytes<int>(to).ToArray());
        var count = 0;
        using var memory = new FileStream("/proc/self/mem", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        foreach (var (start, length) in LibtorchVariables())
        {
            var bytes = new byte[length];
            memory.Position = start;
            memory.ReadExactly(bytes);
            for (var at = bytes.AsSpan().IndexOf(search); at >= 0;)
            {
                memory.Position = start + at;
                memory.Write(with);
                count++;
                var next = bytes.AsSpan(at + 1).IndexOf(search);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }

        return count;
    }

    /// <summary>The writable parts of libtorch_cpu in this process: those of its file, and the anonymous mapping after them, which is initially zero.</summary>
    private static List<(long Start, int Length)> LibtorchVariables()
    {
        var parts = new List<(long, int)>();
        var end = 0L;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var addresses = fields[0].Split('-').Select(a => long.Parse(a, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            var isFile = fields.Length == 6 && Path.GetFileName(fields[5]) == "libtorch_cpu.so";
            var isBehind = fields.Length < 6 && addresses[0] == end;
            if ((isFile || isBehind) && fields[1].StartsWith("rw", StringComparison.Ordinal))
            {
                parts.Add((addresses[0], checked((int)(addresses[1] - addresses[0]))));
            }

            end = isFile ? addresses[1] : 0;
        }

        return parts;
    }

    private static double ErrorOf(int inputWidth, int width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (input, weight) = (Pattern(2, inputWidth, 8, 8, 8), Pattern(width, inputWidth, 3, 3, 3));
        return RelativeError(
            nn.functional.conv3d(input.to(float32), weight.to(float32)), nn.functional.conv3d(input, weight));
    }

    private static double ErrorOfTransposed(int width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (input, weight) = (Pattern(2, width, 8, 8, 8), Pattern(width, width, 2, 2, 2));
        return RelativeError(
            nn.functional.conv_transpose3d(input.to(float32), weight.to(float32), strides: [2, 2, 2]),
            nn.functional.conv_transpose3d(input, weight, strides: [2, 2, 2]));
    }

    // No random numbers: the state of libtorch's generator is the user's.
    private static Tensor Pattern(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: float64).sin().view(shape);

    // In double precision libtorch convolves without oneDNN.
    private static double RelativeError(Tensor result, Tensor reference) =>
        ((result.to(float64) - reference).abs().max() / reference.abs().max()).item<double>();
}
