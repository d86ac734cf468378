using AdwUNet.Cpu;
using AdwUNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// PyTorch's SGD with Nesterov's momentum and weight decay, and its clipping of gradients; of float32 on the CPU both are computed in one
/// pass over memory. What it remembers is that of <see cref="SGD"/>.
/// </summary>
internal sealed class WeightOptimizer : IDisposable
{
    private const double Epsilon = 1e-6; // of torch.nn.utils.clip_grad_norm_
    private readonly Parameter[] _parameters;
    private readonly float _momentum;
    private readonly float _weightDecay;

    /// <summary>Creates it; the parameters are on their device already.</summary>
    /// <param name="parameters">What is stepped.</param>
    /// <param name="learningRate">Of the first step.</param>
    /// <param name="momentum">0..1.</param>
    /// <param name="weightDecay">L2 penalty.</param>
    public WeightOptimizer(IEnumerable<Parameter> parameters, double learningRate, double momentum, double weightDecay)
    {
        _parameters = [.. parameters];
        (_momentum, _weightDecay) = ((float)momentum, (float)weightDecay);
        Sgd = optim.SGD(_parameters, learningRate, momentum, weight_decay: weightDecay, nesterov: true);
    }

    /// <summary>The optimiser whose state this is.</summary>
    public SGD Sgd { get; }

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate
    {
        get => Sgd.ParamGroups.First().LearningRate;
        set
        {
            foreach (var group in Sgd.ParamGroups)
            {
                group.LearningRate = value;
            }
        }
    }

    /// <summary>Scales gradients so that their common norm is at most a given one.</summary>
    /// <param name="parameters">Those that have no gradient are passed over.</param>
    /// <param name="largest">The norm.</param>
    /// <returns>The norm before; not a finite number where its square is none in single precision, and then nothing need be scaled.</returns>
    public static double Clip(IEnumerable<Parameter> parameters, double largest)
    {
        using var scope = NewDisposeScope();
        var all = parameters.ToList();
        var gradients = all.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
        if (!gradients.TrueForAll(IsPlain))
        {
            return nn.utils.clip_grad_norm_(all, largest);
        }

        var arrays = gradients.ConvertAll(gradient => (Address(gradient), gradient.numel()));
        var norm = ParameterLoops.Norm(arrays);
        if (norm * norm > float.MaxValue)
        {
            return double.PositiveInfinity; // as torch has it, which sums squares in single precision: such gradients are no use
        }

        var factor = largest / (norm + Epsilon);
        if (factor < 1)
        {
            ParameterLoops.Scale(arrays, (float)factor);
        }

        return norm;
    }

    /// <summary>Steps every parameter that has a gradient.</summary>
    public void Step()
    {
        using var scope = NewDisposeScope();
        var states = Sgd.state_dict().State.Cast<SGD.State>();
        var steps = new List<(nint Weights, nint Gradients, nint Momenta, long Count)>(_parameters.Length);
        foreach (var (parameter, state) in _parameters.Zip(states))
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            // From momenta of 0 the first step is, to rounding, what torch's is, which keeps copies of all gradients until it ends.
            state.momentum_buffer ??= zeros_like(parameter, requires_grad: false).DetachFromDisposeScope();
            var momenta = state.momentum_buffer;
            if (!IsPlain(parameter) || !IsPlain(gradient) || !IsPlain(momenta))
            {
                Sgd.step();
                return;
            }

            steps.Add((Address(parameter), Address(gradient), Address(momenta), parameter.numel()));
        }

        ParameterLoops.NesterovStep(steps, (float)LearningRate, _momentum, _weightDecay);
    }

    /// <inheritdoc/>
    public void Dispose() => Sgd.Dispose();

    private static bool IsPlain(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    private static unsafe nint Address(Tensor tensor) => (nint)ParameterMemory.Floats(tensor);
}
