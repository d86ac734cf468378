using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Mixed.Tests;

/// <summary>Steps of all parameters at once against those of TorchSharp, one parameter after the other.</summary>
public sealed class MultiTensorStepsTests
{
    private const int Steps = 4;
    private static readonly long[][] Shapes = [[7, 5, 3, 3, 3], [200_003], [64, 2048], [], [1]];

    private readonly MultiTensorSteps _steps = new(everywhere: true);

    public MultiTensorStepsTests() => Assert.SkipUnless(Dispatcher.IsThere, "This libtorch has no C interface to its dispatcher.");

    [Theory]
    [InlineData(0.5)]
    [InlineData(1e6)]
    public void Nesterov_and_clipping_are_those_of_torch(double clip)
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (Parameters(1), Parameters(1));
        var momenta = Array.ConvertAll(ours, values => zeros_like(values, requires_grad: false));
        using var sgd = optim.SGD(theirs, 0.01, 0.99, weight_decay: 3e-5, nesterov: true);
        for (var step = 0; step < Steps; step++)
        {
            SetGradients(step, ours, theirs);
            Near(nn.utils.clip_grad_norm_(theirs, clip), _steps.Clip(Gradients(ours), clip));
            Assert.All(ours.Zip(theirs), pair => Assert.True(pair.First.grad!.allclose(pair.Second.grad!, rtol: 1e-5, atol: 1e-8)));
            sgd.step();
            _steps.Nesterov([.. ours.Select((values, i) => ((Tensor)values, values.grad!, momenta[i]))], 0.01f, 0.99f, 3e-5f, null);
            Assert.All(ours.Zip(theirs), pair => Assert.True(pair.First.allclose(pair.Second, rtol: 1e-6, atol: 1e-7)));
        }
    }

    [Fact]
    public void Adam_is_that_of_torch()
    {
        using var scope = NewDisposeScope();
        var (ours, theirs) = (Parameters(2), Parameters(2));
        var averages = Array.ConvertAll(ours, values => (First: zeros_like(values, requires_grad: false), Second: zeros_like(values, requires_grad: false)));
        using var adam = optim.Adam(theirs, 4e-4);
        for (var step = 0; step < Steps; step++)
        {
            SetGradients(step, ours, theirs);
            adam.step();
            Assert.True(_steps.Adam([.. ours.Select((values, i) => ((Tensor)values, values.grad!, averages[i].First, averages[i].Second))], step + 1, 4e-4, null));
            Assert.All(ours.Zip(theirs), pair => Assert.True(pair.First.allclose(pair.Second, rtol: 1e-6, atol: 1e-8)));
        }
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(1f, float.PositiveInfinity)]
    public void A_step_whose_numbers_are_not_finite_changes_nothing_and_neither_does_the_next_before_they_are_read(float loss, float norm)
    {
        using var scope = NewDisposeScope();
        try
        {
            StepNumbers.ActsAsOnDevice = true;
            var ours = Parameters(3);
            SetGradients(0, ours, ours);
            (Tensor Weights, Tensor Gradients, Tensor First, Tensor Second)[] all = [.. ours.Select(values => ((Tensor)values, values.grad!, ones_like(values), ones_like(values)))];
            void Step(StepNumbers numbers)
            {
                _steps.Nesterov([.. all.Select(p => (p.Weights, p.Gradients, p.First))], 0.01f, 0.99f, 3e-5f, numbers);
                _steps.Adam([.. all.Select(p => (p.Weights, p.Gradients, p.First, p.Second))], 1, 0.01, numbers);
            }

            using var bad = new StepNumbers(tensor(loss), tensor(norm));
            using var next = new StepNumbers(tensor(1f), tensor(1f), before: bad);
            var before = all.SelectMany(IEnumerable<Tensor> (p) => [p.Weights.detach().clone(), p.First.clone(), p.Second.clone()]).ToArray();
            IEnumerable<bool> AreSame() => all.SelectMany(IEnumerable<Tensor> (p) => [p.Weights, p.First, p.Second]).Zip(before, (now, then) => now.equal(then).all().item<bool>());
            Step(bad);
            Step(next);
            Assert.All(AreSame(), Assert.True);
            Assert.False(bad.AreFinite);
            using var good = new StepNumbers(tensor(1f), tensor(1f), before: bad); // it was read
            Step(good);
            Assert.All(AreSame(), Assert.False);
        }
        finally
        {
            StepNumbers.ActsAsOnDevice = false;
        }
    }

    private static Parameter[] Parameters(int seed)
    {
        using var generator = new Generator((ulong)seed);
        return Array.ConvertAll(Shapes, shape => new Parameter(randn(shape, generator: generator)));
    }

    private static Tensor[] Gradients(Parameter[] parameters) => Array.ConvertAll(parameters, parameter => parameter.grad!);

    private static void SetGradients(int step, Parameter[] ours, Parameter[] theirs)
    {
        using var generator = new Generator((ulong)(step + 10));
        foreach (var (one, other) in ours.Zip(theirs))
        {
            one.grad = randn(one.shape, generator: generator);
            other.grad = one.grad.clone();
        }
    }

    private static void Near(double expected, Tensor actual) => Assert.Equal(expected, actual.to(float64).item<double>(), 1e-5 * expected);
}
