using AdwUNet.Networks;
using AdwUNet.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>
/// The two kinds of step of a mixed-level search (paper section 3.2, after MiLeNAS): each freezes one group of the supernet's
/// parameters and steps the other.
/// </summary>
public sealed class MixedLevelOptimizer : IDisposable
{
    private readonly Supernet _supernet;
    private readonly DeepSupervision _loss;
    private readonly SearchOptions _options;
    private readonly (string Name, Parameter Parameter)[] _all;
    private readonly (string Name, Parameter Parameter)[] _weights;
    private readonly (string Name, Parameter Parameter)[] _architecture;
    private readonly WeightOptimizer _sgd;
    private readonly Adam _adam;

    /// <summary>Creates both optimisers; the supernet is on its device already.</summary>
    /// <param name="supernet">Whose parameters are stepped.</param>
    /// <param name="loss">What both kinds of step descend.</param>
    /// <param name="options">Learning rates, momentum, clipping.</param>
    public MixedLevelOptimizer(Supernet supernet, DeepSupervision loss, SearchOptions options)
    {
        (_supernet, _loss, _options) = (supernet, loss, options);
        _all = [.. supernet.named_parameters()];
        _architecture = [.. _all.Where(p => Supernet.IsArchitecture(p.Name))];
        _weights = [.. _all.Where(p => !Supernet.IsArchitecture(p.Name))];
        _sgd = new(_weights.Select(p => p.Parameter), options.WeightLearningRate, options.Momentum, options.WeightDecay);
        _adam = optim.Adam(_architecture.Select(p => p.Parameter), options.ArchitectureLearningRate);
    }

    /// <summary>The learning rate of the weights.</summary>
    public double WeightLearningRate
    {
        get => _sgd.LearningRate;
        set => _sgd.LearningRate = value;
    }

    /// <summary>The norm of all clipped gradients before the last step's clipping.</summary>
    public double LastGradientNorm { get; private set; }

    /// <summary>One step on alphas and betas; the weights are frozen.</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="targets">Class indices per resolution, finest first.</param>
    /// <returns>The loss before the step; not a finite number where loss or gradient is not, and then no step was made.</returns>
    public double ArchitectureStep(Tensor image, IReadOnlyList<Tensor> targets) =>
        Step(() => _adam.step(), stepped: _architecture, frozen: _weights, image, targets);

    /// <summary>One step on the weights; alphas and betas are frozen.</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="targets">Class indices per resolution, finest first.</param>
    /// <returns>The loss before the step; not a finite number where loss or gradient is not, and then no step was made.</returns>
    public double WeightStep(Tensor image, IReadOnlyList<Tensor> targets) =>
        Step(_sgd.Step, stepped: _weights, frozen: _architecture, image, targets);

    /// <summary>What went bad first in the last step; its gradients are lost.</summary>
    internal NumericalFinding Diagnose(Tensor image, IReadOnlyList<Tensor> targets, Func<int, string> caseOf) =>
        NumericalFinding.Of(image, _all, () => _loss.Forward(_supernet.forward(image), targets), caseOf);

    /// <inheritdoc/>
    public void Dispose()
    {
        _sgd.Dispose();
        _adam.Dispose();
    }

    /// <summary>The optimisers' state and the gradients, by parameter name.</summary>
    internal Dictionary<string, Tensor> State()
    {
        var tensors = new Dictionary<string, Tensor>();
        OptimizerTensors.Collect(_sgd.Sgd, Names(_weights), tensors);
        OptimizerTensors.Collect(_adam, Names(_architecture), tensors);
        OptimizerTensors.CollectGradients(_all, tensors);
        return tensors;
    }

    /// <summary>Puts back what <see cref="State"/> gave.</summary>
    internal void Restore(StoredTensors tensors, Device device)
    {
        OptimizerTensors.Restore(_sgd.Sgd, Names(_weights), tensors, device);
        OptimizerTensors.Restore(_adam, Names(_architecture), tensors, device);
        OptimizerTensors.RestoreGradients(_all, tensors, device);
    }

    private static string[] Names((string Name, Parameter Parameter)[] parameters) => Array.ConvertAll(parameters, p => p.Name);

    private double Step(
        Action step,
        (string Name, Parameter Parameter)[] stepped,
        (string Name, Parameter Parameter)[] frozen,
        Tensor image,
        IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        Require(stepped, true);
        Require(frozen, false);
        var loss = _supernet.Backward(image, logits => _loss.Forward(logits, targets));
        var clipped = _options.ClipStaleGradients ? _all : stepped;
        LastGradientNorm = WeightOptimizer.Clip(clipped.Select(p => p.Parameter), _options.GradientClip);
        var value = loss.item<float>();
        if (float.IsFinite(value) && double.IsFinite(LastGradientNorm))
        {
            step(); // else the weights would be lost with the step
        }

        return double.IsFinite(LastGradientNorm) ? value : double.NaN;
    }

    private static void Require((string Name, Parameter Parameter)[] parameters, bool gradient)
    {
        foreach (var (_, parameter) in parameters)
        {
            parameter.requires_grad = gradient;
        }
    }
}
