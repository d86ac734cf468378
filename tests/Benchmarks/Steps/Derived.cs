using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Plain;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>A derived network of full width, ready for forward passes.</summary>
internal sealed class Derived : IDisposable
{
    private readonly Batch _batch = Hippocampus.Batch(Hippocampus.Plan);
    private readonly Module<Tensor, Tensor[]> _network;

    public Derived(Implementation implementation)
    {
        _network = implementation == Implementation.Plain
            ? new PlainUNet(Hippocampus.Plan, Architecture)
            : new DerivedUNet(Hippocampus.Plan, Architecture) { Precision = implementation.Precision() };
        _network.eval();
    }

    public static Architecture Architecture { get; } =
        Architecture.Parse("[[48,48],[96,96],[192,192],[384],[192,192],[96,80],[40]]");

    public void Forward()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _network.forward(_batch.Image);
    }

    public void Dispose()
    {
        _network.Dispose();
        _batch.Dispose();
    }
}
