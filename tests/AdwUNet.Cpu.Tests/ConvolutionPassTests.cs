using AdwUNet.Imaging;
using CsCheck;

namespace AdwUNet.Cpu.Tests;

/// <summary>The taps and phases of a pass against the relation that defines a convolution: tap t connects fine voxel stride · c + t − padding with coarse voxel c.</summary>
public sealed class ConvolutionPassTests
{
    private static readonly Gen<Axis> Axes =
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[1, 7], (kernel, stride, padding, coarse) => new Axis(kernel, stride, padding, coarse))
            .Where(axis => axis.Padding < axis.Kernel && axis.Fine > 0);

    [Fact]
    public void Every_pair_of_connected_voxels_is_one_tap_from_fine_to_coarse() => Axes.Sample(axis =>
    {
        var taps = AxisTaps.Down(axis.Kernel, axis.Padding);
        for (var coarse = 0; coarse < axis.Coarse; coarse++)
        {
            Assert.Equal(
                Enumerable.Range(0, axis.Kernel).Select(tap => ((coarse * axis.Stride) + tap - axis.Padding, tap)),
                Pairs(taps, coarse * axis.Stride));
        }
    });

    [Fact]
    public void Every_pair_of_connected_voxels_is_one_tap_from_coarse_to_fine() => Axes.Sample(axis =>
    {
        for (var fine = 0; fine < axis.Coarse * axis.Stride; fine++)
        {
            var taps = AxisTaps.Up(axis.Kernel, axis.Stride, axis.Padding, fine % axis.Stride);
            var expected = from coarse in Enumerable.Range(-axis.Kernel, axis.Coarse + (2 * axis.Kernel))
                           let tap = fine + axis.Padding - (axis.Stride * coarse)
                           where tap >= 0 && tap < axis.Kernel
                           select (coarse, tap);
            Assert.Equal(expected, Pairs(taps, fine / axis.Stride));
        }
    });

    [Fact]
    public void Phases_cover_every_output_voxel_exactly_once() => Gen.Select(Axes, Axes, Axes, Gen.Bool).Sample((z, y, x, down) =>
    {
        var pass = PassOf(z, y, x, down);
        var outputs = new int[pass.OutputGrid.Z, pass.OutputGrid.Y, pass.OutputGrid.X];
        foreach (var phase in pass.Phases)
        {
            foreach (var (pz, py, px) in Voxels(phase.Positions))
            {
                outputs[
                    (pz * pass.OutputStep.Z) + phase.Remainder.Z, (py * pass.OutputStep.Y) + phase.Remainder.Y, (px * pass.OutputStep.X) + phase.Remainder.X]++;
            }
        }

        foreach (var (oz, oy, ox) in Voxels(pass.OutputGrid))
        {
            var isReached = down || (z.IsReached(oz) && y.IsReached(oy) && x.IsReached(ox));
            Assert.Equal(isReached ? 1 : 0, outputs[oz, oy, ox]);
            Assert.True(isReached || pass.LeavesGaps);
        }
    });

    [Fact]
    public void Span_contains_every_input_voxel_that_a_position_reads() => Gen.Select(Axes, Axes, Axes, Gen.Bool).Sample((z, y, x, down) =>
    {
        var pass = PassOf(z, y, x, down);
        foreach (var phase in pass.Phases)
        {
            foreach (var (axis, taps) in new[] { phase.Z, phase.Y, phase.X }.Index())
            {
                Assert.InRange(taps.Offset, pass.Low[axis], pass.Low[axis] + pass.Span[axis] - taps.Count);
            }
        }
    });

    private static ConvolutionPass<Float32Format> PassOf(Axis z, Axis y, Axis x, bool down)
    {
        var shape = new ConvolutionShape(
            1, new(z.Fine, y.Fine, x.Fine), 3, 5, new(z.Kernel, y.Kernel, x.Kernel), new(z.Stride, y.Stride, x.Stride), new(z.Padding, y.Padding, x.Padding));
        Assert.Equal(new Shape3(z.Coarse, y.Coarse, x.Coarse), shape.Coarse);
        return new(shape, down, [down ? 5 : 3], Epilogue.StoreFloat32);
    }

    private static IEnumerable<(int Input, int Tap)> Pairs(AxisTaps taps, int position) =>
        Enumerable.Range(0, taps.Count).Select(i => (position + taps.Offset + i, taps.FirstTap + (i * taps.TapStep)));

    private static IEnumerable<(int Z, int Y, int X)> Voxels(Shape3 grid) =>
        from z in Enumerable.Range(0, grid.Z) from y in Enumerable.Range(0, grid.Y) from x in Enumerable.Range(0, grid.X) select (z, y, x);

    private readonly record struct Axis(int Kernel, int Stride, int Padding, int Coarse)
    {
        public int Fine => ((Coarse - 1) * Stride) + Kernel - (2 * Padding);

        // With a kernel shorter than the stride, some fine voxels meet no tap.
        public bool IsReached(int fine) => (fine + Padding) % Stride < Kernel;
    }
}
