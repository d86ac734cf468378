using System.Diagnostics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>
/// How many products a second one core makes of vectors in registers, timed: that a processor has an instruction does not say that it is fast.
/// </summary>
internal static unsafe class ProductRate
{
    private const int Repetitions = 2000; // some 20 microseconds
    private const int Turns = 24; // the first ones wake the vector units up; of the others some are interrupted
    private const double Margin = 1.2; // one makes twice as many as the other, or half as many, so that chance never decides

    // Sums that do not wait for each other: more than an instruction's latency times the units that make it.
    private static readonly AssemblerRegisterZMM[] Sums =
        [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15, zmm16, zmm17, zmm18, zmm19];

    /// <summary>Products a second of <c>vfmadd231ps</c>, in float32, and of <c>vdpbf16ps</c>, in bfloat16; only where the processor has both.</summary>
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

    /// <summary>Whether bfloat16 is worth its digits.</summary>
    /// <param name="float32">Products a second.</param>
    /// <param name="bfloat16">Products a second.</param>
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
            assembler.vpxord(register, register, register); // what is left in them may be slow numbers
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
