using AdwUNet.Benchmarks.Steps;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Measuring;

/// <summary>The machine's own peak: the fastest product of square matrices seen in this run.</summary>
internal sealed class MatrixProducts
{
    private static readonly long[] Sizes = [1024, 2048, 4096];

    // In single precision the largest takes long and is not faster.
    private static readonly long[] SizesInFloat32 = [1024, 2048];

    /// <summary>Operations a second in bfloat16; 0 where the processor has no instruction for it, and libtorch takes long.</summary>
    public double BFloat16 { get; private set; }

    /// <summary>Operations a second in single precision.</summary>
    public double Float32 { get; private set; }

    /// <summary>Operations a second in the numbers that the library multiplies fastest here.</summary>
    public double Fastest => Implementations.Fastest == Implementation.BFloat16 ? BFloat16 : Float32;

    /// <summary>Measures again; a run does so between its parts, since a machine is not equally fast all the time.</summary>
    public void Measure()
    {
        if (Implementations.Here.Contains(Implementation.BFloat16))
        {
            BFloat16 = Math.Max(BFloat16, Best(ScalarType.BFloat16, Sizes));
        }

        Float32 = Math.Max(Float32, Best(ScalarType.Float32, SizesInFloat32));
    }

    private static double Best(ScalarType type, long[] sizes)
    {
        const int repetitions = 3;
        var best = 0.0;
        foreach (var size in sizes)
        {
            using var scope = NewDisposeScope();
            var (a, b) = (rand([size, size]).to(type), rand([size, size]).to(type));
            for (var i = 0; i < repetitions; i++)
            {
                best = Math.Max(best, 2.0 * size * size * size / Rounds.Time(() => a.matmul(b).Dispose()));
            }
        }

        return best;
    }
}
