using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>Generates tile kernels for AVX-512, and for AVX512-BF16 if the operands are bfloat16.</summary>
internal sealed class Avx512TileEmitter(TileShape shape) : TileEmitter(shape)
{
    /// <summary>Vector registers.</summary>
    public const int Registers = 32;

    /// <inheritdoc/>
    protected override void Clear()
    {
        for (var i = 0; i < Rows * Shape.Vectors; i++)
        {
            Code.vpxord(Zmm(i), Zmm(i), Zmm(i));
        }
    }

    /// <inheritdoc/>
    protected override void Step(AssemblerMemoryOperand a, AssemblerMemoryOperand b)
    {
        for (var j = 0; j < Shape.Vectors; j++)
        {
            Code.vmovups(Panel(j), __zmmword_ptr[b + (j * VectorBytes)]);
        }

        for (var m = 0; m < Rows; m++)
        {
            if (Shape.BFloat16)
            {
                Code.vpbroadcastd(Element, __dword_ptr[a + Shape.RowOffsetsA[m]]);
            }
            else
            {
                Code.vbroadcastss(Element, __dword_ptr[a + Shape.RowOffsetsA[m]]);
            }

            for (var j = 0; j < Shape.Vectors; j++)
            {
                if (Shape.BFloat16)
                {
                    Code.vdpbf16ps(Sum(m, j), Panel(j), Element);
                }
                else
                {
                    Code.vfmadd231ps(Sum(m, j), Panel(j), Element);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override void AddStatistics(AssemblerRegister64 sums)
    {
        var (sum, squares) = (Panel(0), Element); // these registers are free after the products
        for (var j = 0; j < Shape.Vectors; j++)
        {
            var (sumPlace, squaresPlace) = (__zmmword_ptr[sums + (j * VectorBytes)], __zmmword_ptr[sums + ((Shape.Vectors + j) * VectorBytes)]);
            Code.vmovups(sum, sumPlace);
            Code.vmovups(squares, squaresPlace);
            for (var m = 0; m < Rows; m++)
            {
                Code.vaddps(sum, sum, Sum(m, j));
                Code.vfmadd231ps(squares, Sum(m, j), Sum(m, j));
            }

            Code.vmovups(sumPlace, sum);
            Code.vmovups(squaresPlace, squares);
        }
    }

    /// <inheritdoc/>
    protected override void Store(AssemblerRegister64 c)
    {
        var isPartial = Shape.LastColumns < 16;
        if (isPartial)
        {
            Code.mov(ecx, (1 << Shape.LastColumns) - 1);
            Code.kmovw(k1, ecx);
        }

        for (var m = 0; m < Rows; m++)
        {
            for (var j = 0; j < Shape.Vectors; j++)
            {
                var masked = isPartial && j == Shape.Vectors - 1;
                if (Shape.Epilogue is Epilogue.StoreBFloat16 or Epilogue.AccumulateBFloat16)
                {
                    StoreRounded(Sum(m, j), __ymmword_ptr[c + (Shape.RowOffsetsC[m] + (j * VectorBytes / 2))], masked);
                }
                else
                {
                    StoreSingle(Sum(m, j), __zmmword_ptr[c + (Shape.RowOffsetsC[m] + (j * VectorBytes))], masked);
                }
            }
        }
    }

    private void StoreRounded(AssemblerRegisterZMM sum, AssemblerMemoryOperand place, bool masked)
    {
        if (Shape.Epilogue == Epilogue.AccumulateBFloat16)
        {
            // A bfloat16 is the upper half of a float32.
            Code.vpmovzxwd(masked ? Element.k1.z : Element, place);
            Code.vpslld(Element, Element, 16);
            Code.vaddps(sum, sum, Element);
        }

        var rounded = new AssemblerRegisterYMM(Register.YMM0 + (sum.Value - Register.ZMM0));
        Code.vcvtneps2bf16(rounded, sum);
        Code.vmovdqu16(masked ? place.k1 : place, rounded);
    }

    private void StoreSingle(AssemblerRegisterZMM sum, AssemblerMemoryOperand place, bool masked)
    {
        if (Shape.Epilogue == Epilogue.AccumulateFloat32)
        {
            Code.vaddps(masked ? sum.k1.z : sum, sum, place);
        }

        Code.vmovups(masked ? place.k1 : place, sum);
    }

    private AssemblerRegisterZMM Sum(int m, int j) => Zmm((m * Shape.Vectors) + j);

    private static AssemblerRegisterZMM Panel(int j) => Zmm(31 - j);

    private AssemblerRegisterZMM Element => Zmm(31 - Shape.Vectors);

    private static AssemblerRegisterZMM Zmm(int i) => new(Register.ZMM0 + i);
}
