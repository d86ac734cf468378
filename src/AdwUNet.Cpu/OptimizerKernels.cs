using System.Numerics;
using System.Runtime.Intrinsics;
using AdwUNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>
/// The steps of the weight optimizer, each in one pass over the memory of all parameters. With one pass per operation, the memory traffic of a
/// supernet's weights takes a fifth of a step. Sums are reduced over fixed chunks in a fixed order: the result does not depend on the number of
/// threads.
/// </summary>
internal sealed unsafe class OptimizerKernels : IFusedSteps
{
    private const int ChunkLength = 1 << 16; // values: small enough for an even distribution, large enough to outweigh the scheduling of a task

    /// <inheritdoc/>
    public bool Serves(Tensor tensor) => tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && !StepNumbers.ActsAsOnDevice;

    /// <inheritdoc/>
    public Tensor Clip(IReadOnlyList<Tensor> gradients, double largest)
    {
        const double epsilon = 1e-6; // of clip_grad_norm_
        var norm = Norm(gradients);
        if (norm * norm > float.MaxValue)
        {
            return tensor(double.PositiveInfinity); // torch sums squares in single precision
        }

        var factor = largest / (norm + epsilon);
        if (factor < 1)
        {
            Scale(gradients, (float)factor);
        }

        return tensor(norm);
    }

    /// <inheritdoc/>
    public bool Adam(IReadOnlyList<(Tensor Values, Tensor Gradients, Tensor Averages, Tensor SquareAverages)> parameters, long step, double learningRate, StepNumbers? numbers) => false;

    /// <summary>The Euclidean norm of all tensors together, summed in double precision.</summary>
    public static double Norm(IReadOnlyList<Tensor> tensors)
    {
        var arrays = Arrays(tensors);
        var chunks = Chunks(arrays.Select(array => array.Count));
        var sums = new double[chunks.Length];
        Workers.For(chunks.Length, item =>
        {
            var (array, first, count) = chunks[item];
            sums[item] = SquaredNorm((float*)arrays[array].Start + first, count);
        });
        return Math.Sqrt(sums.Sum());
    }

    /// <summary>Multiplies all values of the tensors.</summary>
    public static void Scale(IReadOnlyList<Tensor> tensors, float factor)
    {
        var arrays = Arrays(tensors);
        var chunks = Chunks(arrays.Select(array => array.Count));
        Workers.For(chunks.Length, item =>
        {
            var (array, first, count) = chunks[item];
            var values = (float*)arrays[array].Start + first;
            var i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                (Vector.Load(values + i) * factor).Store(values + i);
            }

            for (; i < count; i++)
            {
                values[i] *= factor;
            }
        });
    }

    /// <inheritdoc/>
    public void Nesterov(
        IReadOnlyList<(Tensor Weights, Tensor Gradients, Tensor Momenta)> parameters, float learningRate, float momentum, float weightDecay, StepNumbers? numbers)
    {
        if (numbers?.AreFinite == false)
        {
            return;
        }

        var arrays = parameters.Select(p => (Weights: Address(p.Weights), Gradients: Address(p.Gradients), Momenta: Address(p.Momenta))).ToArray();
        var chunks = Chunks(parameters.Select(parameter => parameter.Weights.numel()));
        Workers.For(chunks.Length, item =>
        {
            var (index, first, count) = chunks[item];
            var parameter = arrays[index];
            var weights = (float*)parameter.Weights + first;
            var gradients = (float*)parameter.Gradients + first;
            var momenta = (float*)parameter.Momenta + first;
            var i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                var weight = Vector.Load(weights + i);
                var decayed = Vector.FusedMultiplyAdd(weight, new(weightDecay), Vector.Load(gradients + i));
                var mean = Vector.FusedMultiplyAdd(Vector.Load(momenta + i), new(momentum), decayed);
                mean.Store(momenta + i);
                Vector.FusedMultiplyAdd(Vector.FusedMultiplyAdd(mean, new(momentum), decayed), new(-learningRate), weight).Store(weights + i);
            }

            for (; i < count; i++)
            {
                var decayed = float.FusedMultiplyAdd(weights[i], weightDecay, gradients[i]);
                momenta[i] = float.FusedMultiplyAdd(momenta[i], momentum, decayed);
                weights[i] = float.FusedMultiplyAdd(float.FusedMultiplyAdd(momenta[i], momentum, decayed), -learningRate, weights[i]);
            }
        });
    }

    private static nint Address(Tensor tensor) => (nint)ParameterMemory.Floats(tensor);

    private static (nint Start, long Count)[] Arrays(IReadOnlyList<Tensor> tensors) => [.. tensors.Select(tensor => (Address(tensor), tensor.numel()))];

    private static double SquaredNorm(float* values, int count)
    {
        // A vector width that is the same on every machine, because it determines the order of the sum.
        const int lanes = 4;
        var (low, high) = (Vector256<double>.Zero, Vector256<double>.Zero);
        var i = 0;
        for (; i <= count - (2 * lanes); i += 2 * lanes)
        {
            var (first, second) = Vector256.Widen(Vector256.Load(values + i));
            low += first * first;
            high += second * second;
        }

        var sum = Vector256.Sum(low + high);
        for (; i < count; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }

    private static (int Array, long First, int Count)[] Chunks(IEnumerable<long> counts) =>
    [
        .. from array in counts.Select((count, index) => (count, index))
           from chunk in Enumerable.Range(0, (int)((array.count + ChunkLength - 1) / ChunkLength))
           let first = (long)chunk * ChunkLength
           select (array.index, first, (int)Math.Min(ChunkLength, array.count - first)),
    ];
}
