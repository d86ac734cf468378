using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Plain;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>A supernet with its optimisers and a batch, ready to step.</summary>
internal abstract class SearchSteps : IDisposable
{
    private readonly Batch _batch;

    private SearchSteps(Plan plan) => _batch = Hippocampus.Batch(plan);

    public static SearchSteps Create(Implementation implementation, Plan plan, SearchSpace space) => implementation == Implementation.Plain
        ? new OfTranscription(plan, space)
        : new OfLibrary(implementation, plan, space);

    /// <summary>One step.</summary>
    /// <returns>The loss.</returns>
    public double Run(StepKind kind) => kind switch
    {
        StepKind.Architecture => Architecture(_batch),
        StepKind.Weight => Weight(_batch),
        StepKind.Joint => Joint(_batch),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public virtual void Dispose() => _batch.Dispose();

    protected abstract double Architecture(Batch batch);

    protected abstract double Weight(Batch batch);

    protected virtual double Joint(Batch batch) => throw new NotSupportedException("The published code has no joint step, nor has its transcription.");

    private sealed class OfTranscription(Plan plan, SearchSpace space) : SearchSteps(plan)
    {
        private readonly PlainSearch _search = new(plan, space);

        public override void Dispose()
        {
            _search.Dispose();
            base.Dispose();
        }

        protected override double Architecture(Batch batch) => _search.ArchitectureStep(batch.Image, batch.Targets);

        protected override double Weight(Batch batch) => _search.WeightStep(batch.Image, batch.Targets);
    }

    private sealed class OfLibrary : SearchSteps
    {
        private readonly Supernet _supernet;
        private readonly MixedLevelOptimizer _optimizer;
        private long _step;

        public OfLibrary(Implementation implementation, Plan plan, SearchSpace space)
            : base(plan)
        {
            _supernet = new Supernet(plan, space) { Precision = implementation.Precision() };
            var loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
            _optimizer = new MixedLevelOptimizer(_supernet, loss, new SearchOptions());
        }

        public override void Dispose()
        {
            _optimizer.Dispose();
            _supernet.Dispose();
            base.Dispose();
        }

        protected override double Architecture(Batch batch) => WithNoise(() => _optimizer.ArchitectureStep(batch.Image, batch.Targets));

        protected override double Weight(Batch batch) => WithNoise(() => _optimizer.WeightStep(batch.Image, batch.Targets));

        protected override double Joint(Batch batch) => WithNoise(() => _optimizer.JointStep(batch.Image, batch.Targets));

        private double WithNoise(Func<double> step)
        {
            _supernet.Choice.Noise = GumbelNoise.Seeded(1, _step++);
            return step();
        }
    }
}
