using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>
/// What a loss sends to parameters by itself, beside the way through the logits: a penalty on alphas, for example. Kernels replace gradients,
/// so that these are kept apart until they have.
/// </summary>
internal sealed class DirectGradients : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor? Before)> _parameters;
    private readonly List<(Parameter Parameter, Tensor Gradient)> _direct = [];
    private bool _isAside;

    /// <summary>Takes the gradients of an earlier pass away, so that whatever is there after the loss's own way back is new.</summary>
    public DirectGradients(IEnumerable<Parameter> parameters)
    {
        _parameters = [.. parameters.Where(parameter => parameter.requires_grad).Select(parameter => (parameter, parameter.grad))];
        foreach (var (parameter, before) in _parameters)
        {
            if (before is not null)
            {
                parameter.grad = null;
            }
        }
    }

    /// <summary>Keeps what is there, and puts back the gradients of the earlier pass: memory to write the new ones into.</summary>
    public void SetAside()
    {
        _isAside = true;
        foreach (var (parameter, before) in _parameters)
        {
            if (parameter.grad is { } gradient)
            {
                _direct.Add((parameter, gradient));
            }

            parameter.grad = before;
        }
    }

    /// <summary>Adds it to what kernels have written.</summary>
    public void Add()
    {
        foreach (var (parameter, gradient) in _direct)
        {
            if (parameter.grad is { } written)
            {
                written.add_(gradient);
            }
            else
            {
                parameter.grad = gradient;
            }
        }
    }

    /// <summary>Where the loss failed, leaves the gradients as they were.</summary>
    public void Dispose()
    {
        if (!_isAside)
        {
            SetAside();
        }
    }
}
