using AdwUNet.Architectures;
using AdwUNet.Planning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>The two steps of the mixed-level search, one after the other as in the paper; of a derived network, the steps of its training.</summary>
internal sealed class PlainSearch : IDisposable
{
    /// <summary>nnU-Net's limit of the gradients' norm.</summary>
    public const double LargestNorm = 12;

    private readonly ScalarType _type;
    private readonly Parameter[] _weights;
    private readonly Parameter[] _architecture;
    private readonly SGD _sgd;
    private readonly Adam? _adam;

    public PlainSearch(Plan plan, SearchSpace space)
        : this(new PlainUNet(plan, space), float32)
    {
    }

    /// <summary>The type is that of weights, activations and momenta; logits and loss are float32.</summary>
    public PlainSearch(PlainUNet network, ScalarType type)
    {
        (Network, _type) = (network, type);
        network.to(type);
        var named = Network.named_parameters().ToArray();
        static bool IsArchitecture(string name) => name.EndsWith("alphas", StringComparison.Ordinal) || name.EndsWith("betas", StringComparison.Ordinal);
        _architecture = [.. named.Where(p => IsArchitecture(p.name)).Select(p => p.parameter)];
        _weights = [.. named.Where(p => !IsArchitecture(p.name)).Select(p => p.parameter)];
        _sgd = optim.SGD(_weights, 1e-2, momentum: 0.99, weight_decay: 3e-5, nesterov: true);
        _adam = _architecture.Length == 0 ? null : optim.Adam(_architecture, 4e-4);
    }

    public PlainUNet Network { get; }

    public double ArchitectureStep(Tensor image, IReadOnlyList<Tensor> targets) => Step(_adam!, _architecture, _weights, image, targets);

    public double WeightStep(Tensor image, IReadOnlyList<Tensor> targets) => Step(_sgd, _weights, _architecture, image, targets);

    /// <summary>Forward and backward, without a step.</summary>
    public double Gradients(Tensor image, IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        _sgd.zero_grad();
        return Backward(image, targets);
    }

    public void Dispose()
    {
        _sgd.Dispose();
        _adam?.Dispose();
        Network.Dispose();
    }

    private double Step(optim.Optimizer optimizer, Parameter[] stepped, Parameter[] frozen, Tensor image, IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in stepped)
        {
            parameter.requires_grad = true;
        }

        foreach (var parameter in frozen)
        {
            parameter.requires_grad = false;
        }

        optimizer.zero_grad();
        var loss = Backward(image, targets);
        nn.utils.clip_grad_norm_(stepped.Concat(frozen), LargestNorm);
        optimizer.step();
        return loss;
    }

    private double Backward(Tensor image, IReadOnlyList<Tensor> targets)
    {
        var loss = PlainLoss.Of(Array.ConvertAll(Network.forward(image.to(_type)), logits => logits.to(float32)), targets);
        loss.backward();
        return loss.item<float>();
    }
}
