using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>
/// Gradients that the loss gives to parameters directly and not through the logits, for example by a penalty on the alphas. The backward pass of the
/// kernels overwrites gradients, so these are stored until it has ended.
/// </summary>
internal sealed class PenaltyGradients : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor? Before)> _parameters;
    private readonly List<(Parameter Parameter, Tensor Gradient)> _direct = [];
    private bool _isAside;

    /// <summary>
    /// Removes the gradients of the previous step, so that the gradients after the backward pass of the loss are those of the loss.
    /// </summary>
    public PenaltyGradients(IEnumerable<Parameter> parameters)
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

    /// <summary>Stores the gradients of the loss. Restores the gradients of the previous step, whose memory the kernels overwrite.</summary>
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

    /// <summary>Adds the stored gradients to those that the kernels have written.</summary>
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

    /// <summary>Restores the gradients of the previous step if the loss has failed.</summary>
    public void Dispose()
    {
        if (!_isAside)
        {
            SetAside();
        }
    }
}
