using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>Generates the machine code of a <see cref="TileKernel"/>: System V calling convention, the address of the arguments in rdi.</summary>
internal sealed class TileEmitter(TileShape shape)
{
    private const int VectorBytes = 64;
    private const int MaxUnrolled = 12; // a loop body of about 400 instructions
    private readonly Assembler _c = new(64);
    private readonly int _rows = shape.RowOffsetsA.Length;
    private readonly int _vectors = shape.Vectors;
    private readonly bool _partial = shape.LastColumns < 16;

    /// <summary>Generates the function.</summary>
    public Assembler Emit()
    {
        for (var i = 0; i < _rows * _vectors; i++)
        {
            _c.vpxord(Zmm(i), Zmm(i), Zmm(i));
        }

        Segments(rsi, rdx, rcx, r8);
        var (c, sums) = (rax, rdx);
        if (shape.Statistics)
        {
            Load(sums, nameof(TileKernel.Arguments.Sums));
            AddStatistics(sums);
        }

        Load(c, nameof(TileKernel.Arguments.C));
        Store(c);
        _c.vzeroupper();
        _c.ret();
        return _c;
    }

    private void Segments(AssemblerRegister64 a, AssemblerRegister64 b, AssemblerRegister64 segment, AssemblerRegister64 count)
    {
        var (cursorA, cursorB, steps) = (rax, r9, r10d);
        var unroll = Enumerable.Range(1, Math.Min(shape.Steps, MaxUnrolled)).Last(n => shape.Steps % n == 0);
        var (nextSegment, nextSteps) = (_c.CreateLabel(), _c.CreateLabel());
        Load(a, nameof(TileKernel.Arguments.A));
        Load(b, nameof(TileKernel.Arguments.B));
        Load(segment, nameof(TileKernel.Arguments.Segments));
        Load(count, nameof(TileKernel.Arguments.SegmentCount));
        _c.Label(ref nextSegment);
        _c.mov(cursorA, __qword_ptr[segment]);
        _c.mov(cursorB, __qword_ptr[segment + sizeof(long)]);
        _c.add(cursorA, a);
        _c.add(cursorB, b);
        _c.mov(steps, shape.Steps / unroll);
        _c.Label(ref nextSteps);
        for (var k = 0; k < unroll; k++)
        {
            Step(cursorA + (k * shape.StepBytesA), cursorB + (k * _vectors * VectorBytes));
        }

        _c.add(cursorA, unroll * shape.StepBytesA);
        _c.add(cursorB, unroll * _vectors * VectorBytes);
        _c.dec(steps);
        _c.jnz(nextSteps);
        _c.add(segment, 2 * sizeof(long));
        _c.dec(count);
        _c.jnz(nextSegment);
    }

    private void Step(AssemblerMemoryOperand a, AssemblerMemoryOperand b)
    {
        for (var j = 0; j < _vectors; j++)
        {
            _c.vmovups(Panel(j), __zmmword_ptr[b + (j * VectorBytes)]);
        }

        for (var m = 0; m < _rows; m++)
        {
            if (shape.BFloat16)
            {
                _c.vpbroadcastd(Element, __dword_ptr[a + shape.RowOffsetsA[m]]);
            }
            else
            {
                _c.vbroadcastss(Element, __dword_ptr[a + shape.RowOffsetsA[m]]);
            }

            for (var j = 0; j < _vectors; j++)
            {
                if (shape.BFloat16)
                {
                    _c.vdpbf16ps(Sum(m, j), Panel(j), Element);
                }
                else
                {
                    _c.vfmadd231ps(Sum(m, j), Panel(j), Element);
                }
            }
        }
    }

    private void AddStatistics(AssemblerRegister64 sums)
    {
        var (sum, squares) = (Panel(0), Element); // these registers are free after the products
        for (var j = 0; j < _vectors; j++)
        {
            var (sumPlace, squaresPlace) = (__zmmword_ptr[sums + (j * VectorBytes)], __zmmword_ptr[sums + ((_vectors + j) * VectorBytes)]);
            _c.vmovups(sum, sumPlace);
            _c.vmovups(squares, squaresPlace);
            for (var m = 0; m < _rows; m++)
            {
                _c.vaddps(sum, sum, Sum(m, j));
                _c.vfmadd231ps(squares, Sum(m, j), Sum(m, j));
            }

            _c.vmovups(sumPlace, sum);
            _c.vmovups(squaresPlace, squares);
        }
    }

    private void Store(AssemblerRegister64 c)
    {
        if (_partial)
        {
            _c.mov(ecx, (1 << shape.LastColumns) - 1);
            _c.kmovw(k1, ecx);
        }

        for (var m = 0; m < _rows; m++)
        {
            for (var j = 0; j < _vectors; j++)
            {
                var masked = _partial && j == _vectors - 1;
                if (shape.Epilogue is Epilogue.StoreBFloat16 or Epilogue.AccumulateBFloat16)
                {
                    StoreRounded(Sum(m, j), __ymmword_ptr[c + (shape.RowOffsetsC[m] + (j * VectorBytes / 2))], masked);
                }
                else
                {
                    StoreSingle(Sum(m, j), __zmmword_ptr[c + (shape.RowOffsetsC[m] + (j * VectorBytes))], masked);
                }
            }
        }
    }

    private void StoreRounded(AssemblerRegisterZMM sum, AssemblerMemoryOperand place, bool masked)
    {
        if (shape.Epilogue == Epilogue.AccumulateBFloat16)
        {
            // A bfloat16 is the upper half of a float32.
            _c.vpmovzxwd(masked ? Element.k1.z : Element, place);
            _c.vpslld(Element, Element, 16);
            _c.vaddps(sum, sum, Element);
        }

        var rounded = new AssemblerRegisterYMM(Register.YMM0 + (sum.Value - Register.ZMM0));
        _c.vcvtneps2bf16(rounded, sum);
        _c.vmovdqu16(masked ? place.k1 : place, rounded);
    }

    private void StoreSingle(AssemblerRegisterZMM sum, AssemblerMemoryOperand place, bool masked)
    {
        if (shape.Epilogue == Epilogue.AccumulateFloat32)
        {
            _c.vaddps(masked ? sum.k1.z : sum, sum, place);
        }

        _c.vmovups(masked ? place.k1 : place, sum);
    }

    private void Load(AssemblerRegister64 register, string field) =>
        _c.mov(register, __qword_ptr[rdi + (int)Marshal.OffsetOf<TileKernel.Arguments>(field)]);

    private AssemblerRegisterZMM Sum(int m, int j) => Zmm((m * _vectors) + j);

    private static AssemblerRegisterZMM Panel(int j) => Zmm(31 - j);

    private AssemblerRegisterZMM Element => Zmm(31 - _vectors);

    private static AssemblerRegisterZMM Zmm(int i) => new(Register.ZMM0 + i);
}
