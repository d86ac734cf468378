using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>
/// An exponential moving average of weights over the steps of a training (Polyak averaging). Either the parameters hold the trained weights and this object
/// the average, or, while the average is shown, the other way round.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private const string Prefix = "average.";

    private readonly IReadOnlyList<(string Name, Parameter Parameter)> _parameters;
    private readonly Tensor[] _hidden;
    private readonly double _decay;

    /// <summary>Starts an average.</summary>
    /// <param name="parameters">The parameters, on their device.</param>
    /// <param name="decay">The share of the average that stays in each step; a smaller one in the first steps.</param>
    public WeightAverage(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        _hidden = [.. parameters.Select(p => p.Parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>Whether the parameters hold the average.</summary>
    public bool IsShown { get; private set; }

    /// <summary>Adds the weights after a step.</summary>
    /// <param name="steps">The number of steps so far, from 1.</param>
    public void Add(long steps)
    {
        // As TensorFlow's ExponentialMovingAverage, so that the initial weights of a short training are soon forgotten.
        const int soon = 10;
        var decay = Math.Min(_decay, (1.0 + steps) / (soon + steps));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (average, (_, parameter)) in _hidden.Zip(_parameters))
        {
            average.mul_(decay).add_(parameter, alpha: 1 - decay);
        }
    }

    /// <summary>Puts the average, or the trained weights, into the parameters.</summary>
    /// <param name="average">Whether it is the average.</param>
    public void Show(bool average)
    {
        if (IsShown == average)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (hidden, (_, parameter)) in _hidden.Zip(_parameters))
        {
            var shown = parameter.detach().clone();
            parameter.copy_(hidden);
            hidden.copy_(shown);
        }

        IsShown = average;
    }

    /// <summary>Adds the average to the tensors of a checkpoint, and the trained weights under the names of the parameters.</summary>
    public void Collect(IDictionary<string, Tensor> into)
    {
        foreach (var (hidden, (name, parameter)) in _hidden.Zip(_parameters))
        {
            (into[name], into[Prefix + name]) = IsShown ? (hidden, (Tensor)parameter) : (parameter, hidden);
        }
    }

    /// <summary>Restores the result of <see cref="Collect"/>; the parameters hold the trained weights of the checkpoint already.</summary>
    /// <param name="from">The checkpoint.</param>
    /// <param name="isShown">Whether the average is shown then.</param>
    /// <exception cref="RunException">The checkpoint has no average.</exception>
    public void Restore(StoredTensors from, bool isShown)
    {
        IsShown = false;
        using (no_grad())
        {
            foreach (var (hidden, (name, parameter)) in _hidden.Zip(_parameters))
            {
                hidden.copy_(from.Get(Prefix + name, parameter));
            }
        }

        Show(isShown);
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_hidden, tensor => tensor.Dispose());
}
