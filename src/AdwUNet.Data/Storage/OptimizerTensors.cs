using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>The state of TorchSharp's optimizers and the gradients as named tensors, for checkpoints.</summary>
internal static class OptimizerTensors
{
    private const string Momentum = ".momentum_buffer";
    private const string Average = ".exp_avg";
    private const string SquareAverage = ".exp_avg_sq";
    private const string Step = ".step";
    private const string Gradient = ".grad";

    /// <summary>Adds the momentum of every parameter that has been stepped.</summary>
    public static void Collect(SGD optimizer, IReadOnlyList<string> names, IDictionary<string, Tensor> into)
    {
        foreach (var (name, state) in names.Zip(optimizer.state_dict().State.Cast<SGD.State>()))
        {
            if (state.momentum_buffer is { } momentum)
            {
                into[name + Momentum] = momentum;
            }
        }
    }

    /// <summary>Adds the moments and step counts of every parameter.</summary>
    public static void Collect(Adam optimizer, IReadOnlyList<string> names, IDictionary<string, Tensor> into)
    {
        foreach (var (name, state) in names.Zip(optimizer.state_dict().State.Cast<Adam.State>()))
        {
            into[name + Average] = state.exp_avg;
            into[name + SquareAverage] = state.exp_avg_sq;
            into[name + Step] = tensor(state.step);
        }
    }

    /// <summary>Adds all gradients. Under the published clipping, those of frozen parameters count as well.</summary>
    public static void CollectGradients(IEnumerable<(string Name, Parameter Parameter)> parameters, IDictionary<string, Tensor> into)
    {
        foreach (var (name, parameter) in parameters)
        {
            if (parameter.grad is { } gradient)
            {
                into[name + Gradient] = gradient;
            }
        }
    }

    /// <summary>Restores momenta. Parameters without a stored momentum have none afterwards.</summary>
    public static void Restore(SGD optimizer, IReadOnlyList<string> names, StoredTensors from, Device device)
    {
        foreach (var (name, parameter, state) in names.Zip(optimizer.parameters(), optimizer.state_dict().State.Cast<SGD.State>()))
        {
            state.momentum_buffer?.Dispose();
            state.momentum_buffer = from.Find(name + Momentum, parameter) is { } momentum ? Own(momentum, device) : null;
        }
    }

    /// <summary>Restores moments and step counts.</summary>
    public static void Restore(Adam optimizer, IReadOnlyList<string> names, StoredTensors from, Device device)
    {
        foreach (var (name, parameter, state) in names.Zip(optimizer.parameters(), optimizer.state_dict().State.Cast<Adam.State>()))
        {
            state.exp_avg?.Dispose();
            state.exp_avg_sq?.Dispose();
            state.exp_avg = Own(from.Get(name + Average, parameter), device);
            state.exp_avg_sq = Own(from.Get(name + SquareAverage, parameter), device);
            state.step = from.GetCount(name + Step);
        }
    }

    /// <summary>Restores gradients. Parameters without a stored gradient have none afterwards.</summary>
    public static void RestoreGradients(
        IEnumerable<(string Name, Parameter Parameter)> parameters, StoredTensors from, Device device)
    {
        foreach (var (name, parameter) in parameters)
        {
            parameter.grad = from.Find(name + Gradient, parameter)?.to(device);
        }
    }

    // A copy that outlives the scope in which a checkpoint is read.
    private static Tensor Own(Tensor value, Device device) => value.to(device, copy: true).DetachFromDisposeScope();
}
