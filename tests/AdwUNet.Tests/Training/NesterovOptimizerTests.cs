using AdwUNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Training;

/// <summary>Steps and clipping in one pass over memory are those of torch.</summary>
public sealed class NesterovOptimizerTests
{
    // Whole chunks and what is left of them, whole vectors and what is left of them, a scalar.
    private static readonly long[][] Shapes = [[7, 5, 3, 3, 3], [200_003], [64, 2048], [], [1]];

    [Theory]
    [InlineData(0.5)]
    [InlineData(1e6)]
    public void Steps_and_clipping_are_those_of_torch(double clip)
    {
        using var scope = NewDisposeScope();
        using var ours = new Sample(1);
        var theirs = ours.Parameters.Select(p => new Parameter(p.detach().clone())).ToArray();
        using var sgd = optim.SGD(theirs, 0.01, 0.99, weight_decay: 3e-5, nesterov: true);
        using var optimizer = new NesterovOptimizer(Named(ours.Parameters), 0.01, 0.99, 3e-5);
        for (var step = 0; step < 4; step++)
        {
            ours.SetGradients(step);
            foreach (var (mine, other) in ours.Parameters.Zip(theirs))
            {
                other.grad = mine.grad!.clone();
            }

            optimizer.LearningRate = 0.01 / (step + 1);
            foreach (var group in sgd.ParamGroups)
            {
                group.LearningRate = 0.01 / (step + 1);
            }

            var norm = nn.utils.clip_grad_norm_(theirs, clip);
            Assert.Equal(norm, NesterovOptimizer.Clip(ours.Parameters, clip).item<double>(), 1e-5 * norm);
            sgd.step();
            optimizer.Step();
            foreach (var (mine, other) in ours.Parameters.Zip(theirs))
            {
                Assert.True(mine.allclose(other, rtol: 1e-6, atol: 1e-7));
                Assert.True(mine.grad!.allclose(other.grad!, rtol: 1e-5, atol: 1e-8));
            }
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        var threads = get_num_threads();
        try
        {
            var results = new[] { 1, 2, 5 }.Select(count =>
            {
                set_num_threads(count);
                using var parameters = new Sample(2);
                using var optimizer = new NesterovOptimizer(Named(parameters.Parameters), 0.01, 0.99, 3e-5);
                var norms = new List<double>();
                for (var step = 0; step < 3; step++)
                {
                    parameters.SetGradients(step);
                    norms.Add(NesterovOptimizer.Clip(parameters.Parameters, 1).item<double>());
                    optimizer.Step();
                }

                return (Norms: string.Join(' ', norms.Select(norm => norm.ToString("R"))), Bytes: parameters.Bytes());
            }).ToList();
            Assert.All(results, result => Assert.Equal(results[0].Norms, result.Norms));
            Assert.All(results, result => Assert.Equal(results[0].Bytes, result.Bytes));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void What_has_no_gradient_is_not_stepped_and_counts_for_nothing()
    {
        using var parameters = new Sample(3);
        using var optimizer = new NesterovOptimizer(Named(parameters.Parameters), 0.01, 0.99, 3e-5);
        for (var step = 0; step < 2; step++)
        {
            parameters.SetGradients(step);
            parameters.Parameters[1].grad = null;
            var before = parameters.Parameters[1].detach().clone();
            var norm = NesterovOptimizer.Clip(parameters.Parameters, 1e9).item<double>();
            Assert.Equal(Math.Sqrt(parameters.Parameters.Where(p => p.grad is not null).Sum(p => p.grad!.to(float64).square().sum().item<double>())), norm, 1e-9 * norm);
            optimizer.Step();
            Assert.True(parameters.Parameters[1].equal(before).all().item<bool>());
        }
    }

    private static (string, Parameter)[] Named(Parameter[] parameters) => [.. parameters.Select((parameter, i) => ($"parameter{i}", parameter))];

    /// <summary>Parameters of all kinds of length, with gradients by a seed.</summary>
    private sealed class Sample(int seed) : IDisposable
    {
        public Parameter[] Parameters { get; } = Array.ConvertAll(Shapes, shape =>
        {
            using var generator = new Generator((ulong)seed);
            return new Parameter(randn(shape, generator: generator));
        });

        public void SetGradients(int step)
        {
            using var generator = new Generator((ulong)(seed + step + 10));
            foreach (var parameter in Parameters)
            {
                parameter.grad = randn(parameter.shape, generator: generator);
            }
        }

        public byte[] Bytes() => [.. Parameters.SelectMany(parameter => parameter.detach().bytes.ToArray())];

        public void Dispose()
        {
            foreach (var parameter in Parameters)
            {
                parameter.Dispose();
            }
        }
    }
}
