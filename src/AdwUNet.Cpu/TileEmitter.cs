using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>Generates the machine code of a <see cref="TileKernel"/>: System V calling convention, the address of the arguments in rdi.</summary>
internal abstract class TileEmitter(TileShape shape)
{
    /// <summary>Bytes of a vector of 16 columns in a panel of B.</summary>
    protected const int VectorBytes = 64;

    private const int MaxUnrolled = 12; // a loop body of about 400 instructions

    /// <summary>The sizes of the kernel.</summary>
    protected TileShape Shape { get; } = shape;

    /// <summary>Receives the instructions.</summary>
    protected Assembler Code { get; } = new(64);

    /// <summary>Rows of the tile.</summary>
    protected int Rows => Shape.RowOffsetsA.Length;

    /// <summary>The emitter for this processor.</summary>
    public static TileEmitter Of(TileShape shape) => CpuFeatures.Avx512 ? new Avx512TileEmitter(shape) : new Avx2TileEmitter(shape);

    /// <summary>Generates the function.</summary>
    public Assembler Emit()
    {
        Clear();
        Segments(rsi, rdx, rcx, r8);
        var (c, sums) = (rax, rdx);
        if (Shape.Statistics)
        {
            Load(sums, nameof(TileKernel.Arguments.Sums));
            AddStatistics(sums);
        }

        Load(c, nameof(TileKernel.Arguments.C));
        Store(c);
        Code.vzeroupper();
        Code.ret();
        return Code;
    }

    /// <summary>Sets the sums of the tile to zero.</summary>
    protected abstract void Clear();

    /// <summary>Adds the products of one step to the sums.</summary>
    protected abstract void Step(AssemblerMemoryOperand a, AssemblerMemoryOperand b);

    /// <summary>Adds the columns and their squares to the statistics.</summary>
    protected abstract void AddStatistics(AssemblerRegister64 sums);

    /// <summary>Writes the sums to C.</summary>
    protected abstract void Store(AssemblerRegister64 c);

    private void Segments(AssemblerRegister64 a, AssemblerRegister64 b, AssemblerRegister64 segment, AssemblerRegister64 count)
    {
        var (cursorA, cursorB, steps) = (rax, r9, r10d);
        var unroll = Enumerable.Range(1, Math.Min(Shape.Steps, MaxUnrolled)).Last(n => Shape.Steps % n == 0);
        var (nextSegment, nextSteps) = (Code.CreateLabel(), Code.CreateLabel());
        Load(a, nameof(TileKernel.Arguments.A));
        Load(b, nameof(TileKernel.Arguments.B));
        Load(segment, nameof(TileKernel.Arguments.Segments));
        Load(count, nameof(TileKernel.Arguments.SegmentCount));
        Code.Label(ref nextSegment);
        Code.mov(cursorA, __qword_ptr[segment]);
        Code.mov(cursorB, __qword_ptr[segment + sizeof(long)]);
        Code.add(cursorA, a);
        Code.add(cursorB, b);
        Code.mov(steps, Shape.Steps / unroll);
        Code.Label(ref nextSteps);
        for (var k = 0; k < unroll; k++)
        {
            Step(cursorA + (k * Shape.StepBytesA), cursorB + (k * Shape.Vectors * VectorBytes));
        }

        Code.add(cursorA, unroll * Shape.StepBytesA);
        Code.add(cursorB, unroll * Shape.Vectors * VectorBytes);
        Code.dec(steps);
        Code.jnz(nextSteps);
        Code.add(segment, 2 * sizeof(long));
        Code.dec(count);
        Code.jnz(nextSegment);
    }

    private void Load(AssemblerRegister64 register, string field) =>
        Code.mov(register, __qword_ptr[rdi + (int)Marshal.OffsetOf<TileKernel.Arguments>(field)]);
}
