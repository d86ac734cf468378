using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Plain;
using AdwUNet.Mixed;
using AdwUNet.Networks;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>A network with its optimizers, ready to step; each step ends when its loss is known.</summary>
internal abstract class TimedSteps : IDisposable
{
    /// <summary>The effective precision and what computes.</summary>
    public abstract string Arithmetic { get; }

    public static TimedSteps Create(StepCase of, Device device) => (of.Who, of.IsSupernet) switch
    {
        (Who.Plain, _) => new Plain(of, device),
        (_, true) => new LibrarySupernet(of, device, Engines.All),
        _ => new LibraryDerived(of, device),
    };

    /// <summary>A supernet, computed by the engine for GPUs on any device.</summary>
    public static TimedSteps OfSupernet(StepCase of, Device device, bool isChannelsLast) =>
        new LibrarySupernet(of, device, [new MixedEngine(everywhere: true) { ChannelsLast = isChannelsLast }]);

    public abstract double Weight(Batch batch);

    public virtual double Architecture(Batch batch) => throw new NotSupportedException("A derived network has no architecture step.");

    public abstract void Dispose();

    private sealed class LibrarySupernet : TimedSteps
    {
        private readonly Supernet _supernet;
        private readonly MixedLevelOptimizer _optimizer;
        private long _step;

        public LibrarySupernet(StepCase of, Device device, IReadOnlyList<IEngine> engines)
        {
            _supernet = (Supernet)new Supernet(of.Plan, of.Space) { Precision = of.IsHalf ? Precision.BFloat16 : Precision.Float32, Engines = engines }.to(device);
            _optimizer = new(_supernet, DeepSupervision.Of(of.Plan), new SearchOptions());
            Arithmetic = _supernet.ArithmeticOn(device).ToString();
        }

        public override string Arithmetic { get; }

        public override double Weight(Batch batch) => WithNoise(() => _optimizer.WeightStep(batch.Image, batch.Targets));

        public override double Architecture(Batch batch) => WithNoise(() => _optimizer.ArchitectureStep(batch.Image, batch.Targets));

        public override void Dispose()
        {
            _optimizer.Dispose();
            _supernet.Dispose();
        }

        private double WithNoise(Func<double> step)
        {
            _supernet.Choice.Noise = GumbelNoise.Seeded(1, _step++);
            return step();
        }
    }

    private sealed class LibraryDerived : TimedSteps
    {
        private readonly DerivedUNet _network;
        private readonly NesterovOptimizer _optimizer;
        private readonly DeepSupervision _loss;

        public LibraryDerived(StepCase of, Device device)
        {
            _network = (DerivedUNet)new DerivedUNet(of.Plan, of.Architecture) { Precision = of.IsHalf ? Precision.BFloat16 : Precision.Float32 }.to(device);
            var options = new TrainingOptions();
            _optimizer = new([.. _network.named_parameters()], options.LearningRate, options.Momentum, options.WeightDecay);
            _loss = DeepSupervision.Of(of.Plan);
            Arithmetic = _network.ArithmeticOn(device).ToString();
        }

        public override string Arithmetic { get; }

        // As TrainingLoop makes it.
        public override double Weight(Batch batch)
        {
            using var scope = NewDisposeScope();
            var loss = _network.Backward(batch.Image, logits => _loss.Forward(logits, batch.Targets));
            using var numbers = new StepNumbers(loss, NesterovOptimizer.Clip(_network.parameters(), new TrainingOptions().GradientClip));
            _optimizer.Step(numbers);
            return numbers.Loss;
        }

        public override void Dispose()
        {
            _optimizer.Dispose();
            _network.Dispose();
        }
    }

    private sealed class Plain(StepCase of, Device device) : TimedSteps
    {
        private readonly PlainSearch _search = new(
            (PlainUNet)(of.IsSupernet ? new PlainUNet(of.Plan, of.Space) : new PlainUNet(of.Plan, of.Architecture)).to(device), float32);

        public override string Arithmetic => "float32 by libtorch";

        public override double Weight(Batch batch) => _search.WeightStep(batch.Image, batch.Targets);

        public override double Architecture(Batch batch) => _search.ArchitectureStep(batch.Image, batch.Targets);

        public override void Dispose() => _search.Dispose();
    }
}
