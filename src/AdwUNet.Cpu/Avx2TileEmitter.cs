using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>
/// Generates tile kernels for AVX2 and FMA, in float32. A vector of 16 columns takes two registers; nothing is computed for the upper half of the last
/// vector where no column of it is stored.
/// </summary>
internal sealed class Avx2TileEmitter(TileShape shape) : TileEmitter(shape)
{
    /// <summary>Vector registers.</summary>
    public const int Registers = 16;

    private const int Half = 8; // columns of a register
    private const int HalfBytes = VectorBytes / 2;

    // Registers of a row of sums, and of a panel.
    private int Halves => (2 * Shape.Vectors) - (Shape.LastColumns <= Half ? 1 : 0);

    private AssemblerRegisterYMM Element => Ymm(Registers - 1 - Halves);

    /// <inheritdoc/>
    protected override void Clear()
    {
        for (var i = 0; i < Rows * Halves; i++)
        {
            Code.vxorps(Ymm(i), Ymm(i), Ymm(i));
        }
    }

    /// <inheritdoc/>
    protected override void Step(AssemblerMemoryOperand a, AssemblerMemoryOperand b)
    {
        for (var h = 0; h < Halves; h++)
        {
            Code.vmovups(Panel(h), __ymmword_ptr[b + (h * HalfBytes)]);
        }

        for (var m = 0; m < Rows; m++)
        {
            Code.vbroadcastss(Element, __dword_ptr[a + Shape.RowOffsetsA[m]]);
            for (var h = 0; h < Halves; h++)
            {
                Code.vfmadd231ps(Sum(m, h), Panel(h), Element);
            }
        }
    }

    /// <inheritdoc/>
    protected override void AddStatistics(AssemblerRegister64 sums)
    {
        var (sum, squares) = (Panel(0), Element); // these registers are free after the products
        for (var h = 0; h < Halves; h++)
        {
            var (sumPlace, squaresPlace) = (__ymmword_ptr[sums + (h * HalfBytes)], __ymmword_ptr[sums + ((Shape.Vectors * VectorBytes) + (h * HalfBytes))]);
            Code.vmovups(sum, sumPlace);
            Code.vmovups(squares, squaresPlace);
            for (var m = 0; m < Rows; m++)
            {
                Code.vaddps(sum, sum, Sum(m, h));
                Code.vfmadd231ps(squares, Sum(m, h), Sum(m, h));
            }

            Code.vmovups(sumPlace, sum);
            Code.vmovups(squaresPlace, squares);
        }
    }

    /// <inheritdoc/>
    protected override void Store(AssemblerRegister64 c)
    {
        for (var m = 0; m < Rows; m++)
        {
            for (var h = 0; h < Halves; h++)
            {
                Store(Sum(m, h), c, Shape.RowOffsetsC[m] + (h * HalfBytes), Math.Min(Half, (16 * (Shape.Vectors - 1)) + Shape.LastColumns - (Half * h)));
            }
        }
    }

    // Columns that are not stored may be read, up to 7 values behind the end. Masked stores would be slow.
    private void Store(AssemblerRegisterYMM sum, AssemblerRegister64 c, int offset, int columns)
    {
        if (Shape.Epilogue == Epilogue.AccumulateFloat32)
        {
            Code.vaddps(sum, sum, __ymmword_ptr[c + offset]);
        }

        if (columns == Half)
        {
            Code.vmovups(__ymmword_ptr[c + offset], sum);
            return;
        }

        var rest = new AssemblerRegisterXMM(Register.XMM0 + (sum.Value - Register.YMM0));
        if ((columns & 4) != 0)
        {
            Code.vmovups(__xmmword_ptr[c + offset], rest);
            Code.vextractf128(rest, sum, 1);
            offset += 4 * sizeof(float);
        }

        if ((columns & 2) != 0)
        {
            Code.vmovlps(__qword_ptr[c + offset], rest);
        }

        if ((columns & 1) != 0)
        {
            Code.vextractps(__dword_ptr[c + (offset + ((columns & 2) * sizeof(float)))], rest, (byte)(columns & 2));
        }
    }

    private AssemblerRegisterYMM Sum(int m, int h) => Ymm((m * Halves) + h);

    private static AssemblerRegisterYMM Panel(int h) => Ymm(Registers - 1 - h);

    private static AssemblerRegisterYMM Ymm(int i) => new(Register.YMM0 + i);
}
