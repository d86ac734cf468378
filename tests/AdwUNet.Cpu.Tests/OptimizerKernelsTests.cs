using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu.Tests;

/// <summary>The fused optimizer steps against libtorch's separate operations.</summary>
public sealed class OptimizerKernelsTests
{
    // Below a vector, across one, and across the chunks that threads share.
    private static readonly long[][] Shapes = [[1], [3, 5], [17], [64, 33, 3, 3, 3], [65_536], [65_537]];

    private readonly OptimizerKernels _kernels = new();

    [Fact]
    public void Norm_equals_the_float64_norm_of_all_tensors_together()
    {
        using var scope = NewDisposeScope();
        var tensors = RandomTensors(1);
        var expected = cat([.. tensors.Select(values => values.to(float64).flatten())]).norm().item<double>();
        Assert.Equal(expected, OptimizerKernels.Norm(tensors), 1e-12 * expected);
    }

    [Fact]
    public void Norm_propagates_nan_and_infinity()
    {
        using var scope = NewDisposeScope();
        foreach (var value in new[] { float.NaN, float.PositiveInfinity })
        {
            var tensors = RandomTensors(1);
            tensors[4][70] = value;
            Assert.Equal((double)value, OptimizerKernels.Norm(tensors));
        }
    }

    [Fact]
    public void Scale_equals_the_multiplication()
    {
        using var scope = NewDisposeScope();
        var tensors = RandomTensors(1);
        var expected = tensors.Select(values => values * 0.3f).ToList();
        OptimizerKernels.Scale(tensors, 0.3f);
        Assert.All(expected.Zip(tensors), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
    }

    [Fact]
    public void Nesterov_steps_equal_sgd_in_float64()
    {
        const float learningRate = 0.1f, momentum = 0.9f, weightDecay = 0.01f;
        using var scope = NewDisposeScope();
        var weights = RandomTensors(1);
        var momenta = weights.Select(values => zeros_like(values)).ToList();
        Parameter[] parameters = [.. weights.Select(values => new Parameter(values.to(float64)))];
        using var sgd = optim.SGD(parameters, learningRate, momentum, weight_decay: weightDecay, nesterov: true);
        for (var step = 0; step < 4; step++)
        {
            var gradients = RandomTensors(10 + (ulong)step);
            foreach (var (parameter, gradient) in parameters.Zip(gradients))
            {
                parameter.grad = gradient.to(float64);
            }

            sgd.step();
            _kernels.Nesterov([.. weights.Select((values, i) => (values, gradients[i], momenta[i]))], learningRate, momentum, weightDecay, null);
            foreach (var (parameter, values) in parameters.Zip(weights))
            {
                var error = (values.to(float64) - parameter).abs().max().item<double>();
                Assert.True(error < 2e-6, $"a weight differs by {error:0.0e0} after step {step}");
            }
        }
    }

    [Fact]
    public void Results_are_bit_identical_for_any_number_of_threads()
    {
        using var scope = NewDisposeScope();
        var before = get_num_threads();
        var results = new List<string>();
        try
        {
            foreach (var threads in new[] { 1, 2, 5 })
            {
                set_num_threads(threads);
                var (weights, gradients, momenta) = (RandomTensors(1), RandomTensors(2), RandomTensors(3));
                var norms = Enumerable.Range(2, 20).Select(seed => OptimizerKernels.Norm(RandomTensors((ulong)seed))).ToList(); // one may be equal by chance
                OptimizerKernels.Scale(gradients, (float)(1 / norms[0]));
                _kernels.Nesterov([.. weights.Select((values, i) => (values, gradients[i], momenta[i]))], 0.1f, 0.9f, 0.01f, null);
                results.Add(string.Join(' ', norms) + Convert.ToHexString(cat([.. weights.Concat(momenta).Select(values => values.flatten())]).bytes));
            }
        }
        finally
        {
            set_num_threads(before);
        }

        Assert.Single(results.Distinct());
    }

    [Fact]
    public void Tensors_that_are_not_contiguous_float32_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(
            "Kernels take contiguous float32 tensors on the CPU, not Float64 on cpu.",
            Assert.Throws<InvalidOperationException>(() => OptimizerKernels.Norm([zeros(3, float64)])).Message);
        Assert.Equal(
            "Kernels take contiguous float32 tensors on the CPU, not Float32 on cpu.",
            Assert.Throws<InvalidOperationException>(() => OptimizerKernels.Scale([zeros(3, 4).t()], 2)).Message);
    }

    private static List<Tensor> RandomTensors(ulong seed)
    {
        using var generator = new Generator(seed);
        return [.. Shapes.Select(shape => randn(shape, generator: generator))];
    }
}
