using System.Text.Json.Serialization;
using AdwUNet.Networks;
using AdwUNet.Storage;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>
/// Makes an optimizer of your own for the weights or for the architecture parameters. Derive a record from it; its properties are the options of the
/// optimizer, except for the learning rate, which the loop sets in every epoch.
/// </summary>
[JsonConverter(typeof(MethodPartConverter<OptimizerFactory>))]
public abstract record OptimizerFactory : MethodPart
{
    /// <summary>Makes the optimizer.</summary>
    /// <param name="parameters">The parameters, on their device.</param>
    /// <param name="learningRate">The learning rate of the first step.</param>
    public abstract OptimizerHelper Create(IEnumerable<Parameter> parameters, double learningRate);
}

/// <summary>The published optimizer of alphas and betas: Adam without weight decay.</summary>
internal sealed class AdamOptimizer(Adam adam, IReadOnlyList<string> names) : GroupOptimizer(adam, "adam")
{
    /// <inheritdoc/>
    public override void Step(StepNumbers? numbers = null)
    {
        using var scope = NewDisposeScope();
        var states = adam.state_dict().State.Cast<Adam.State>().ToArray();
        var all = adam.parameters().Zip(states, (values, state) => (Values: (Tensor)values, Gradients: values.grad!, state.exp_avg, state.exp_avg_sq)).ToArray();
        var isPlain = all.Length > 0 && all.All(one => one.Gradients is not null) && states.All(state => state.step == states[0].step);
        var fused = isPlain ? Engines.FusedSteps(all.SelectMany(IEnumerable<Tensor> (one) => [one.Values, one.Gradients, one.exp_avg, one.exp_avg_sq])) : null;
        if (fused?.Adam(all, states[0].step + 1, LearningRate, numbers) != true)
            base.Step(numbers);
        else
            Array.ForEach(states, state => state.step++);
    }

    /// <inheritdoc/>
    public override void Collect(IDictionary<string, Tensor> into) => OptimizerTensors.Collect(adam, names, into);

    /// <inheritdoc/>
    public override void Restore(StoredTensors from, Device device) => OptimizerTensors.Restore(adam, names, from, device);
}
