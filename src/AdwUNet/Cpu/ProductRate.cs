using System.Diagnostics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>
/// How many products a second one core makes of vectors in registers, timed: that a processor has an instruction does not say that it is fast.
/// Intel's with AVX512-BF16 (those that have AMX beside it) make fewer products in bfloat16 than in float32 by it, AMD's twice as many.
/// </summary>
internal static unsafe class ProductRate
{
    private const int Repetitions = 2000; // some 20 microseconds
    private const int Turns = 12; // the first ones wake the vector units up; of the others some are interrupted

    // Sums that do not wait for each other: more than an instruction's latency times the units that make it.
    private static readonly AssemblerRegisterZMM[] Sums =
        [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15, zmm16, zmm17, zmm18, zmm19];

    /// <summary>Products a second of <c>vfmadd231ps</c>, in float32.</summary>
    public static double Float32() => Measure(16, (assembler, sum) => assembler.vfmadd231ps(sum, zmm31, zmm30));

    /// <summary>Products a second of <c>vdpbf16ps</c>, in bfloat16; only where the processor has it.</summary>
    public static double BFloat16() => Measure(32, (assembler, sum) => assembler.vdpbf16ps(sum, zmm31, zmm30));

    private static double Measure(int products, Action<Assembler, AssemblerRegisterZMM> multiply)
    {
        using var code = new MachineCode(Loop(multiply));
        var best = long.MaxValue;
        for (var turn = 0; turn < Turns; turn++)
        {
            var start = Stopwatch.GetTimestamp();
            ((delegate* unmanaged<void>)code.EntryPoint)();
            best = Math.Min(best, Stopwatch.GetTimestamp() - start);
        }

        return (double)products * Sums.Length * Repetitions * Stopwatch.Frequency / Math.Max(best, 1);
    }

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
