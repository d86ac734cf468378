using System.Diagnostics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>
/// Measures the multiply-add throughput of one core, for operands in registers. A processor can have an instruction and still execute it slowly.
/// </summary>
internal static unsafe class FmaThroughput
{
    private const int Repetitions = 2000; // about 20 microseconds
    private const int Turns = 24; // the first ones power up the vector units; others are interrupted
    private const double Margin = 1.2; // a processor has twice or half the float32 rate in bfloat16, so measurement noise never decides

    // Independent accumulators: more than the latency of the instruction times its execution units.
    private static readonly AssemblerRegisterZMM[] Sums =
        [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15, zmm16, zmm17, zmm18, zmm19];

    /// <summary>
    /// Multiply-adds per second of <c>vfmadd231ps</c> (float32) and <c>vdpbf16ps</c> (bfloat16). Requires a processor with both instructions.
    /// </summary>
    public static (double Float32, double BFloat16) Measure()
    {
        using var single = new MachineCode(Loop((assembler, sum) => assembler.vfmadd231ps(sum, zmm31, zmm30)));
        using var half = new MachineCode(Loop((assembler, sum) => assembler.vdpbf16ps(sum, zmm31, zmm30)));
        var (ofSingle, ofHalf) = (long.MaxValue, long.MaxValue);
        for (var turn = 0; turn < Turns; turn++)
        {
            ofSingle = Math.Min(ofSingle, Time(single));
            ofHalf = Math.Min(ofHalf, Time(half));
        }

        return (Rate(16, ofSingle), Rate(32, ofHalf));
    }

    /// <summary>Whether bfloat16 is faster by more than the margin.</summary>
    /// <param name="float32">Multiply-adds per second in float32.</param>
    /// <param name="bfloat16">Multiply-adds per second in bfloat16.</param>
    public static bool IsFaster(double float32, double bfloat16) => bfloat16 > Margin * float32;

    private static long Time(MachineCode code)
    {
        var start = Stopwatch.GetTimestamp();
        ((delegate* unmanaged<void>)code.EntryPoint)();
        return Stopwatch.GetTimestamp() - start;
    }

    private static double Rate(int products, long ticks) => (double)products * Sums.Length * Repetitions * Stopwatch.Frequency / Math.Max(ticks, 1);

    private static Assembler Loop(Action<Assembler, AssemblerRegisterZMM> multiply)
    {
        var assembler = new Assembler(64);
        foreach (var register in Sums.Append(zmm30).Append(zmm31))
        {
            assembler.vpxord(register, register, register); // registers could hold subnormal numbers, which are slow
        }

        var next = assembler.CreateLabel();
        assembler.mov(eax, Repetitions);
        assembler.Label(ref next);
        foreach (var register in Sums)
        {
            multiply(assembler, register);
        }

        assembler.dec(eax);
        assembler.jnz(next);
        assembler.vzeroupper();
        assembler.ret();
        return assembler;
    }
}
