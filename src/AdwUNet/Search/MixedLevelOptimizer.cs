using AdwUNet.Networks;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Search;

/// <summary>
/// The steps of a mixed-level search (paper section 3.2, after MiLeNAS): the two published kinds each freeze one group of the supernet's
/// parameters and step the other; a third steps both.
/// </summary>
public sealed class MixedLevelOptimizer : IDisposable
{
    private readonly Supernet _supernet;
    private readonly DeepSupervision _loss;
    private readonly SearchOptions _options;
    private readonly (string Name, Parameter Parameter)[] _all;
    private readonly (string Name, Parameter Parameter)[] _weights;
    private readonly (string Name, Parameter Parameter)[] _architecture;
    private readonly GroupOptimizer _weightOptimizer;
    private readonly GroupOptimizer _architectureOptimizer;
    private StepNumbers? _last;

    /// <summary>Creates both optimisers; the supernet is on its device already.</summary>
    /// <param name="supernet">The supernet whose parameters are trained.</param>
    /// <param name="loss">The loss of all steps.</param>
    /// <param name="options">Learning rates, momentum, clipping.</param>
    public MixedLevelOptimizer(Supernet supernet, DeepSupervision loss, SearchOptions options)
    {
        (_supernet, _loss, _options) = (supernet, loss, options);
        Penalty = options.Budget is { } budget ? new(supernet, budget) : null;
        _all = [.. supernet.named_parameters()];
        _architecture = [.. _all.Where(p => Supernet.IsArchitecture(p.Name))];
        _weights = [.. _all.Where(p => !Supernet.IsArchitecture(p.Name))];
        var (architecture, weights) = (_architecture.Select(p => p.Parameter), _weights.Select(p => p.Parameter));
        _weightOptimizer = options.WeightOptimizer is { } ofWeights
            ? new GroupOptimizer(ofWeights.Create(weights, options.WeightLearningRate), "weights")
            : new NesterovOptimizer(_weights, options.WeightLearningRate, options.Momentum, options.WeightDecay);
        _architectureOptimizer = options.ArchitectureOptimizer is { } ofArchitecture
            ? new GroupOptimizer(ofArchitecture.Create(architecture, options.ArchitectureLearningRate), "architecture")
            : new AdamOptimizer(optim.Adam(architecture, options.ArchitectureLearningRate), [.. _architecture.Select(p => p.Name)]);
    }

    /// <summary>The learning rate of the weights.</summary>
    public double WeightLearningRate
    {
        get => _weightOptimizer.LearningRate;
        set => _weightOptimizer.LearningRate = value;
    }

    /// <summary>The penalty of the budget; null without one.</summary>
    internal CostPenalty? Penalty { get; }

    /// <summary>The norm of all clipped gradients before the last step's clipping.</summary>
    public double LastGradientNorm => _last?.Norm ?? 0;

    /// <summary>One step on alphas and betas; the weights are frozen.</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="targets">Labels per resolution, finest first.</param>
    /// <returns>The loss before the step, without a budget's penalty; not a finite number where loss or gradient is not, and then no step was made.</returns>
    public double ArchitectureStep(Tensor image, IReadOnlyList<Tensor> targets) => LossOf(StartArchitectureStep(image, targets));

    /// <summary>One step on the weights; alphas and betas are frozen.</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="targets">Labels per resolution, finest first.</param>
    /// <returns>The loss before the step; not a finite number where loss or gradient is not, and then no step was made.</returns>
    public double WeightStep(Tensor image, IReadOnlyList<Tensor> targets) => LossOf(StartWeightStep(image, targets));

    /// <summary>One step on the weights and on alphas and betas, by the gradients of one backward pass (<see cref="MixedLevelOrder.Joint"/>).</summary>
    /// <param name="image">[N, C, D, H, W].</param>
    /// <param name="targets">Labels per resolution, finest first.</param>
    /// <returns>The loss before the step; not a finite number where loss or gradient is not, and then no step was made.</returns>
    public double JointStep(Tensor image, IReadOnlyList<Tensor> targets) => LossOf(StartJointStep(image, targets));

    /// <summary><see cref="ArchitectureStep"/> without waiting for its numbers.</summary>
    internal StepNumbers StartArchitectureStep(Tensor image, IReadOnlyList<Tensor> targets) =>
        Step([(_architectureOptimizer, _architecture)], frozen: _weights, image, targets);

    /// <summary><see cref="WeightStep"/> without waiting for its numbers.</summary>
    internal StepNumbers StartWeightStep(Tensor image, IReadOnlyList<Tensor> targets) =>
        Step([(_weightOptimizer, _weights)], frozen: _architecture, image, targets);

    /// <summary><see cref="JointStep"/> without waiting for its numbers.</summary>
    internal StepNumbers StartJointStep(Tensor image, IReadOnlyList<Tensor> targets) =>
        Step([(_weightOptimizer, _weights), (_architectureOptimizer, _architecture)], frozen: [], image, targets);

    /// <summary>The first tensor of the last step that is not finite. The step's gradients are overwritten.</summary>
    internal NumericalFinding Diagnose(Tensor image, IReadOnlyList<Tensor> targets, Func<int, string> caseOf) =>
        NumericalFinding.Of(image, _all, () => _loss.Forward(_supernet.forward(image), targets), caseOf);

    /// <inheritdoc/>
    public void Dispose()
    {
        _weightOptimizer.Dispose();
        _architectureOptimizer.Dispose();
    }

    /// <summary>The optimisers' state and the gradients, by parameter name.</summary>
    internal Dictionary<string, Tensor> State()
    {
        var tensors = new Dictionary<string, Tensor>();
        _weightOptimizer.Collect(tensors);
        _architectureOptimizer.Collect(tensors);
        OptimizerTensors.CollectGradients(_all, tensors);
        Penalty?.Collect(tensors);
        return tensors;
    }

    /// <summary>Restores the result of <see cref="State"/>.</summary>
    internal void Restore(StoredTensors tensors, Device device)
    {
        _weightOptimizer.Restore(tensors, device);
        _architectureOptimizer.Restore(tensors, device);
        OptimizerTensors.RestoreGradients(_all, tensors, device);
        Penalty?.Restore(tensors);
        _last = null;
    }

    private static double LossOf(StepNumbers numbers)
    {
        using (numbers)
            return double.IsFinite(numbers.Norm) ? numbers.Loss : double.NaN;
    }

    private StepNumbers Step(
        (GroupOptimizer Optimizer, (string Name, Parameter Parameter)[] Parameters)[] stepped,
        (string Name, Parameter Parameter)[] frozen,
        Tensor image,
        IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        Array.ForEach(stepped, group => Require(group.Parameters, true));
        Require(frozen, false);
        var loss = _supernet.Backward(image, logits => _loss.Forward(logits, targets));
        if (frozen != _architecture)
        {
            Penalty?.Backward();
        }

        var norm = _options.ClipStaleGradients ? Clip(_all) : stepped.Select(group => Clip(group.Parameters)).Aggregate(hypot);
        _last = new(loss, norm, before: _last);
        Array.ForEach(stepped, group => group.Optimizer.Step(_last)); // a step with a non-finite gradient would destroy the weights
        return _last;
    }

    private Tensor Clip((string Name, Parameter Parameter)[] parameters) =>
        NesterovOptimizer.Clip(parameters.Select(p => p.Parameter), _options.GradientClip);

    private static void Require((string Name, Parameter Parameter)[] parameters, bool gradient)
    {
        foreach (var (_, parameter) in parameters)
        {
            parameter.requires_grad = gradient;
        }
    }
}
