using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>
/// Generates the machine code of <see cref="WinogradInput"/> and <see cref="WinogradOutput"/>: System V calling convention, the address of the arguments
/// in rdi. The rounding to bfloat16 is one instruction, for which .NET has no method.
/// </summary>
/// <param name="isBFloat16">Whether voxels are bfloat16; otherwise float32.</param>
internal sealed class WinogradEmitter(bool isBFloat16)
{
    private const int N = Winograd.Products;
    private const int VectorBytes = 64;
    private readonly Assembler _c = new(64);
    private readonly int _valueBytes = isBFloat16 ? BFloat16Format.Size : Float32Format.Size;

    /// <summary>Generates an input transform.</summary>
    /// <remarks>
    /// Each voxel column is transformed along y once and serves two pairs. The last vector of channels comes first: what it writes behind a voxel belongs
    /// to the first channels of the next voxel, which are written afterwards.
    /// </remarks>
    public Assembler Input(WinogradInput.Shape shape)
    {
        var (upper, lower, target, pairs) = (rax, rcx, rdx, rsi);
        var voxel = shape.Channels * _valueBytes;
        for (var vector = (shape.Channels - 1) / 16; vector >= 0; vector--)
        {
            var first = 16 * vector * _valueBytes;
            LoadInput(upper, nameof(WinogradInput.Arguments.Upper));
            LoadInput(lower, nameof(WinogradInput.Arguments.Lower));
            LoadInput(target, nameof(WinogradInput.Arguments.Target));
            LoadInput(pairs, nameof(WinogradInput.Arguments.Pairs));
            InputColumn(0, upper + first, lower + first, shape.Row);
            InputColumn(1, upper + (first + voxel), lower + (first + voxel), shape.Row);
            var next = _c.CreateLabel();
            _c.Label(ref next);
            InputColumn(2, upper + (first + (2 * voxel)), lower + (first + (2 * voxel)), shape.Row);
            InputColumn(3, upper + (first + (3 * voxel)), lower + (first + (3 * voxel)), shape.Row);
            for (var y = 0; y < N; y++)
            {
                var place = target + (first + (N * y * shape.Product));
                _c.vsubps(zmm16, Column(0, y), Column(2, y));
                _c.vaddps(zmm17, Column(1, y), Column(2, y));
                _c.vsubps(zmm18, Column(2, y), Column(1, y));
                _c.vsubps(zmm19, Column(1, y), Column(3, y));
                Store(zmm16, place);
                Store(zmm17, place + shape.Product);
                Store(zmm18, place + (2 * shape.Product));
                Store(zmm19, place + (3 * shape.Product));
                _c.vmovaps(Column(0, y), Column(2, y));
                _c.vmovaps(Column(1, y), Column(3, y));
            }

            _c.add(upper, 2 * voxel);
            _c.add(lower, 2 * voxel);
            _c.add(target, voxel);
            _c.dec(pairs);
            _c.jnz(next);
        }

        return End();
    }

    /// <summary>Generates an output transform.</summary>
    public Assembler Output(WinogradOutput.Shape shape)
    {
        var (product, triple, output, pairs, sums, squares) = (r9, r10, r11, rsi, rax, rcx);
        AssemblerRegister64[] rows = [rax, rcx, rdx, r8];
        if (shape.Statistics)
        {
            LoadOutput(sums, nameof(WinogradOutput.Arguments.Sums));
            LoadOutput(squares, nameof(WinogradOutput.Arguments.Squares));
            _c.vmovups(zmm30, __zmmword_ptr[sums]);
            _c.vmovups(zmm31, __zmmword_ptr[squares]);
        }

        if (shape.Channels < 16)
        {
            _c.mov(eax, (1 << shape.Channels) - 1);
            _c.kmovw(k1, eax);
        }

        LoadOutput(product, nameof(WinogradOutput.Arguments.Product));
        LoadOutput(output, nameof(WinogradOutput.Arguments.Output));
        LoadOutput(pairs, nameof(WinogradOutput.Arguments.Pairs));
        LoadOutput(rows[0], nameof(WinogradOutput.Arguments.Products));
        _c.lea(triple, __[product + (product * 2)]);
        for (var y = 1; y < N; y++)
        {
            _c.lea(rows[y], __[rows[y - 1] + (product * 4)]);
        }

        var (next, tail) = (_c.CreateLabel(), _c.CreateLabel());
        _c.test(pairs, pairs);
        _c.jz(tail);
        _c.Label(ref next);
        OutputPair(shape, rows, product, triple, output, columns: 2);
        foreach (var row in rows)
        {
            _c.add(row, shape.Pair);
        }

        _c.add(output, 2 * shape.Voxel);
        _c.dec(pairs);
        _c.jnz(next);
        _c.Label(ref tail);
        if (shape.IsOdd)
        {
            OutputPair(shape, rows, product, triple, output, columns: 1);
        }
        else
        {
            _c.nop(); // a label needs an instruction
        }

        if (shape.Statistics)
        {
            LoadOutput(sums, nameof(WinogradOutput.Arguments.Sums));
            LoadOutput(squares, nameof(WinogradOutput.Arguments.Squares));
            _c.vmovups(__zmmword_ptr[sums], zmm30);
            _c.vmovups(__zmmword_ptr[squares], zmm31);
        }

        return End();
    }

    // Loads four rows of a voxel column and transforms them along y.
    private void InputColumn(int column, AssemblerMemoryOperand upper, AssemblerMemoryOperand lower, int row)
    {
        Load(zmm16, upper);
        Load(zmm17, upper + row);
        Load(zmm18, lower);
        Load(zmm19, lower + row);
        _c.vsubps(Column(column, 0), zmm16, zmm18);
        _c.vaddps(Column(column, 1), zmm17, zmm18);
        _c.vsubps(Column(column, 2), zmm18, zmm17);
        _c.vsubps(Column(column, 3), zmm17, zmm19);
    }

    private void OutputPair(
        WinogradOutput.Shape shape, AssemblerRegister64[] rows, AssemblerRegister64 product, AssemblerRegister64 triple, AssemblerRegister64 output, int columns)
    {
        for (var y = 0; y < N; y++)
        {
            var (first, second) = (Column(0, y), Column(1, y));
            _c.vmovups(zmm16, __zmmword_ptr[rows[y] + product]);
            _c.vmovups(zmm17, __zmmword_ptr[rows[y] + (product * 2)]);
            _c.vaddps(first, zmm16, zmm17);
            _c.vaddps(first, first, __zmmword_ptr[rows[y]]);
            if (columns > 1)
            {
                _c.vsubps(second, zmm16, zmm17);
                _c.vsubps(second, second, __zmmword_ptr[rows[y] + triple]);
            }
        }

        for (var x = 0; x < columns; x++)
        {
            _c.vaddps(zmm16, Column(x, 1), Column(x, 2));
            _c.vaddps(zmm16, zmm16, Column(x, 0));
            Write(shape, zmm16, output + (x * shape.Voxel));
            if (shape.Rows > 1)
            {
                _c.vsubps(zmm17, Column(x, 1), Column(x, 2));
                _c.vsubps(zmm17, zmm17, Column(x, 3));
                Write(shape, zmm17, output + (shape.Row + (x * shape.Voxel)));
            }
        }
    }

    private void Write(WinogradOutput.Shape shape, AssemblerRegisterZMM values, AssemblerMemoryOperand place)
    {
        if (shape.Statistics)
        {
            _c.vaddps(zmm30, zmm30, values);
            _c.vfmadd231ps(zmm31, values, values);
        }

        var masked = shape.Channels < 16;
        if (shape.Add)
        {
            Load(masked ? zmm18.k1.z : zmm18, place);
            _c.vaddps(values, values, zmm18);
        }

        Store(values, masked ? place.k1 : place);
    }

    private void Load(AssemblerRegisterZMM target, AssemblerMemoryOperand place)
    {
        if (isBFloat16)
        {
            // A bfloat16 is the upper half of a float32.
            _c.vpmovzxwd(target, place);
            _c.vpslld(target, target, 16);
        }
        else
        {
            _c.vmovups(target, place);
        }
    }

    private void Store(AssemblerRegisterZMM values, AssemblerMemoryOperand place)
    {
        if (isBFloat16)
        {
            var rounded = new AssemblerRegisterYMM(Register.YMM0 + (values.Value - Register.ZMM0));
            _c.vcvtneps2bf16(rounded, values);
            _c.vmovdqu16(place, rounded);
        }
        else
        {
            _c.vmovups(place, values);
        }
    }

    private Assembler End()
    {
        _c.vzeroupper();
        _c.ret();
        return _c;
    }

    private void LoadInput(AssemblerRegister64 register, string field) =>
        _c.mov(register, __qword_ptr[rdi + (int)Marshal.OffsetOf<WinogradInput.Arguments>(field)]);

    private void LoadOutput(AssemblerRegister64 register, string field) =>
        _c.mov(register, __qword_ptr[rdi + (int)Marshal.OffsetOf<WinogradOutput.Arguments>(field)]);

    private static AssemblerRegisterZMM Column(int x, int y) => new(Register.ZMM0 + (N * x) + y);
}
