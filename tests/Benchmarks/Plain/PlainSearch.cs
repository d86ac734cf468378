using AdwUNet.Architectures;
using AdwUNet.Planning;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Plain;

/// <summary>The two steps of the mixed-level search, one after the other as in the paper.</summary>
internal sealed class PlainSearch : IDisposable
{
    private readonly Parameter[] _weights;
    private readonly Parameter[] _architecture;
    private readonly SGD _sgd;
    private readonly Adam _adam;

    public PlainSearch(Plan plan, SearchSpace space)
    {
        Network = new PlainUNet(plan, space);
        var named = Network.named_parameters().ToArray();
        static bool IsArchitecture(string name) => name.EndsWith("alphas", StringComparison.Ordinal) || name.EndsWith("betas", StringComparison.Ordinal);
        _architecture = [.. named.Where(p => IsArchitecture(p.name)).Select(p => p.parameter)];
        _weights = [.. named.Where(p => !IsArchitecture(p.name)).Select(p => p.parameter)];
        _sgd = optim.SGD(_weights, 1e-2, momentum: 0.99, weight_decay: 3e-5, nesterov: true);
        _adam = optim.Adam(_architecture, 4e-4);
    }

    public PlainUNet Network { get; }

    public double ArchitectureStep(Tensor image, IReadOnlyList<Tensor> targets) => Step(_adam, _architecture, _weights, image, targets);

    public double WeightStep(Tensor image, IReadOnlyList<Tensor> targets) => Step(_sgd, _weights, _architecture, image, targets);

    public void Dispose()
    {
        _sgd.Dispose();
        _adam.Dispose();
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
        var loss = PlainLoss.Of(Network.forward(image), targets);
        loss.backward();
        nn.utils.clip_grad_norm_(stepped.Concat(frozen), 12);
        optimizer.step();
        return loss.item<float>();
    }
}
