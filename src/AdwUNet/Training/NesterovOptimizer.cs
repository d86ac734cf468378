using AdwUNet.Networks;
using AdwUNet.Storage;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// The published optimizer of the weights: PyTorch's SGD with Nesterov momentum and weight decay. Where an engine is referenced, a step is one pass over
/// the memory of all parameters.
/// </summary>
internal sealed class NesterovOptimizer : GroupOptimizer
{
    private readonly SGD _sgd;
    private readonly Parameter[] _parameters;
    private readonly IReadOnlyList<string> _names;
    private readonly float _momentum;
    private readonly float _weightDecay;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="parameters">The parameters, on their device.</param>
    /// <param name="learningRate">The learning rate of the first step.</param>
    /// <param name="momentum">0..1.</param>
    /// <param name="weightDecay">L2 penalty.</param>
    public NesterovOptimizer(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double learningRate, double momentum, double weightDecay)
        : this(optim.SGD(parameters.Select(p => p.Parameter), learningRate, momentum, weight_decay: weightDecay, nesterov: true), parameters) =>
        (_momentum, _weightDecay) = ((float)momentum, (float)weightDecay);

    private NesterovOptimizer(SGD sgd, IReadOnlyList<(string Name, Parameter Parameter)> parameters)
        : base(sgd, "sgd") => (_sgd, _parameters, _names) = (sgd, [.. parameters.Select(p => p.Parameter)], [.. parameters.Select(p => p.Name)]);

    /// <inheritdoc/>
    public override void Step(StepNumbers? numbers = null)
    {
        using var scope = NewDisposeScope();
        var steps = new List<(Tensor Weights, Tensor Gradients, Tensor Momenta)>(_parameters.Length);
        foreach (var (parameter, state) in _parameters.Zip(_sgd.state_dict().State.Cast<SGD.State>()))
        {
            if (parameter.grad is { } gradient)
            {
                // With zero momenta, the first step equals that of torch up to rounding. torch would keep copies of all gradients until the step ends.
                state.momentum_buffer ??= zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
                steps.Add((parameter, gradient, state.momentum_buffer));
            }
        }

        if (Engines.FusedSteps(steps.SelectMany(IEnumerable<Tensor> (step) => [step.Weights, step.Gradients, step.Momenta])) is { } fused)
        {
            fused.Nesterov(steps, (float)LearningRate, _momentum, _weightDecay, numbers);
        }
        else
        {
            base.Step(numbers);
        }
    }

    /// <summary>Scales gradients so that their common norm is at most a given one (PyTorch's clip_grad_norm_).</summary>
    /// <param name="parameters">Parameters without a gradient are skipped.</param>
    /// <param name="largest">The norm.</param>
    /// <returns>The norm before scaling, a scalar; not finite if its square exceeds single precision. Then nothing is scaled.</returns>
    public static Tensor Clip(IEnumerable<Parameter> parameters, double largest)
    {
        using var scope = NewDisposeScope();
        var all = parameters.ToList();
        var gradients = all.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
        var norm = Engines.FusedSteps(gradients)?.Clip(gradients, largest) ?? tensor(nn.utils.clip_grad_norm_(all, largest));
        return norm.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Collect(IDictionary<string, Tensor> into) => OptimizerTensors.Collect(_sgd, _names, into);

    /// <inheritdoc/>
    public override void Restore(StoredTensors from, Device device) => OptimizerTensors.Restore(_sgd, _names, from, device);
}
