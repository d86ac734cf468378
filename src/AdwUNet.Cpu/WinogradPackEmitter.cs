using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace AdwUNet.Cpu;

/// <summary>Generates the machine code of a <see cref="WinogradPack"/>: System V calling convention, the address of the arguments in rdi.</summary>
internal sealed class WinogradPackEmitter(WinogradPack.Shape shape)
{
    private const int VectorBytes = 64;
    private static readonly AssemblerRegisterZMM[] D = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5]; // voxels
    private readonly Assembler _c = new(64);
    private readonly int _valueBytes = shape.BFloat16 ? BFloat16Format.Size : Float32Format.Size;

    /// <summary>Generates the function.</summary>
    /// <remarks>
    /// The last vector of channels comes first: what it writes behind a step belongs to the first channels of the next step, which are written afterwards.
    /// </remarks>
    public Assembler Emit()
    {
        var (row, target, steps, voxel, triple, product, triple2) = (rax, rcx, rdx, rsi, r8, r9, r10);
        Load(voxel, nameof(WinogradPack.Arguments.Voxel));
        Load(product, nameof(WinogradPack.Arguments.Product));
        Load(row, nameof(WinogradPack.Arguments.Order));
        _c.vmovups(zmm31, __zmmword_ptr[row]);
        _c.vpxord(zmm30, zmm30, zmm30);
        _c.lea(triple, __[voxel + (voxel * 2)]);
        _c.lea(triple2, __[product + (product * 2)]);
        for (var vector = (shape.Channels - 1) / 16; vector >= 0; vector--)
        {
            var first = 16 * vector * _valueBytes;
            Load(row, nameof(WinogradPack.Arguments.Row));
            Load(target, nameof(WinogradPack.Arguments.Target));
            Load(steps, nameof(WinogradPack.Arguments.Steps));
            AssemblerMemoryOperand[] voxels = [row + first, row + voxel + first, row + (voxel * 2) + first, row + triple + first];
            var place = target + (vector * VectorBytes);
            AssemblerMemoryOperand[] places =
                [place, target + product + (vector * VectorBytes), target + (product * 2) + (vector * VectorBytes), target + triple2 + (vector * VectorBytes)];
            if (!shape.IsGradient)
            {
                Load(D[0], voxels[0]);
                Load(D[1], voxels[1]);
                _c.lea(row, __[row + (voxel * 2)]);
            }

            var next = _c.CreateLabel();
            _c.Label(ref next);
            if (shape.IsGradient)
            {
                Gradient(voxels, places);
            }
            else
            {
                Input(voxels, places);
            }

            _c.lea(row, __[row + (voxel * (shape.BFloat16 ? 4 : 2))]);
            _c.add(target, shape.Step);
            _c.dec(steps);
            _c.jnz(next);
        }

        _c.vzeroupper();
        _c.ret();
        return _c;
    }

    // The first two voxels are those that the previous step has read last.
    private void Input(AssemblerMemoryOperand[] voxels, AssemblerMemoryOperand[] places)
    {
        for (var i = 0; i < (shape.BFloat16 ? 4 : 2); i++)
        {
            Load(D[i + 2], voxels[i]);
        }

        Store(places[0], () => _c.vsubps(zmm16, D[0], D[2]), () => _c.vsubps(zmm17, D[2], D[4]));
        Store(places[1], () => _c.vaddps(zmm16, D[1], D[2]), () => _c.vaddps(zmm17, D[3], D[4]));
        Store(places[2], () => _c.vsubps(zmm16, D[2], D[1]), () => _c.vsubps(zmm17, D[4], D[3]));
        Store(places[3], () => _c.vsubps(zmm16, D[1], D[3]), () => _c.vsubps(zmm17, D[3], D[5]));
        _c.vmovaps(D[0], D[shape.BFloat16 ? 4 : 2]);
        _c.vmovaps(D[1], D[shape.BFloat16 ? 5 : 3]);
    }

    private void Gradient(AssemblerMemoryOperand[] voxels, AssemblerMemoryOperand[] places)
    {
        for (var i = 0; i < (shape.BFloat16 ? 4 : 2); i++)
        {
            Load(D[i], voxels[i]);
        }

        Store(places[0], () => _c.vmovaps(zmm16, D[0]), () => _c.vmovaps(zmm17, D[2]));
        Store(places[1], () => _c.vaddps(zmm16, D[0], D[1]), () => _c.vaddps(zmm17, D[2], D[3]));
        Store(places[2], () => _c.vsubps(zmm16, D[0], D[1]), () => _c.vsubps(zmm17, D[2], D[3]));
        Store(places[3], () => _c.vsubps(zmm16, zmm30, D[1]), () => _c.vsubps(zmm17, zmm30, D[3]));
    }

    private void Store(AssemblerMemoryOperand place, Action first, Action second)
    {
        first();
        if (shape.BFloat16)
        {
            second();
            _c.vcvtne2ps2bf16(zmm16, zmm17, zmm16); // the first vector in the lower half
            _c.vpermw(zmm16, zmm31, zmm16);
        }

        _c.vmovups(place, zmm16);
    }

    private void Load(AssemblerRegisterZMM target, AssemblerMemoryOperand place)
    {
        if (shape.BFloat16)
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

    private void Load(AssemblerRegister64 register, string field) =>
        _c.mov(register, __qword_ptr[rdi + (int)Marshal.OffsetOf<WinogradPack.Arguments>(field)]);
}
