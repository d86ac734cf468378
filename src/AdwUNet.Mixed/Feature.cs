using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>A feature map between layers. Its values are computed when they are read, unless the pass holds them.</summary>
/// <param name="pass">The pass.</param>
/// <param name="compute">Computes the values in the low type, in the dispose scope of the reader, or returns what is kept.</param>
internal sealed class Feature(MixedPass pass, Func<Tensor> compute)
{
    private Tensor? _held;
    private Tensor? _gradient;

    /// <summary>Whether the backward pass needs its gradient. The image is the only one without.</summary>
    public bool NeedsGradient { get; init; } = true;

    /// <summary>Receives each part of the gradient in the place of this feature map; null to sum them here.</summary>
    public Action<Tensor>? Propagate { get; init; }

    /// <summary>The values. They belong to the reader's dispose scope or to the pass: the reader disposes nothing.</summary>
    public Tensor Read() => _held ?? compute();

    /// <summary>Holds values that were just computed until <see cref="Release"/>.</summary>
    public void Hold(Tensor values) => _held = pass.Keep(values);

    /// <summary>Releases held values.</summary>
    public void Release() => pass.Release(ref _held);

    /// <summary>Adds a part of the gradient.</summary>
    public void AddGradient(Tensor part)
    {
        if (Propagate is not null)
        {
            Propagate(part);
        }
        else if (_gradient is null)
        {
            _gradient = pass.Keep(pass.Formats.Laid(part)); // a part of a join would keep the whole join
        }
        else
        {
            _gradient.add_(part, Scalars.One);
        }
    }

    /// <summary>Takes the sum of the gradient out. The caller disposes it. Null if no output depends on this feature map.</summary>
    public Tensor? TakeGradient() => pass.Take(ref _gradient);
}
