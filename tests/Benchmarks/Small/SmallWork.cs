using AdwUNet.Benchmarks.Plain;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Prediction;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Small;

/// <summary>Somebody who computes a <see cref="SmallCase"/>.</summary>
internal abstract class SmallWork : IDisposable
{
    private const double LearningRate = 1e-2, Momentum = 0.99, WeightDecay = 3e-5;

    /// <summary>The library, a transcription, or a transcription in PyTorch.</summary>
    public static SmallWork Create(SmallCase one, SmallContestant who) => who switch
    {
        SmallContestant.Library when one.Space is null => new DerivedByLibrary(one),
        SmallContestant.Library => new SupernetByLibrary(one),
        SmallContestant.PyTorch => new PyTorchProcess(one),
        _ => new Transcription(one, who == SmallContestant.PlainBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32),
    };

    /// <summary>Does it once.</summary>
    /// <returns>Seconds.</returns>
    public abstract double Run(SmallKind kind);

    public abstract void Dispose();

    private sealed class SupernetByLibrary(SmallCase one) : SmallWork
    {
        private readonly SearchSteps _steps = SearchSteps.Create(Implementations.Fastest, one.Plan, one.Space!);

        public override double Run(SmallKind kind) =>
            Measuring.Rounds.Time(() => _steps.Run(kind == SmallKind.Weight ? StepKind.Weight : StepKind.Architecture));

        public override void Dispose() => _steps.Dispose();
    }

    private sealed class DerivedByLibrary : SmallWork
    {
        private readonly SmallCase _case;
        private readonly DerivedUNet _network;
        private readonly DeepSupervision _loss;
        private readonly NesterovOptimizer _optimizer;
        private readonly Batch _batch;
        private readonly Volume _volume;

        public DerivedByLibrary(SmallCase one)
        {
            (_case, _batch) = (one, Hippocampus.Batch(one.Plan));
            _network = new DerivedUNet(one.Plan, one.Architecture!) { Precision = Implementations.Fastest.Precision() };
            _loss = DeepSupervision.Of(one.Plan);
            _optimizer = new NesterovOptimizer([.. _network.named_parameters()], LearningRate, Momentum, WeightDecay);
            var patch = one.Plan.PatchSize;
            using var image = _batch.Image[0].contiguous();
            _volume = new Volume(image.data<float>().ToArray(), one.Plan.Modalities.Count, patch, one.Plan.Spacing);
        }

        public override double Run(SmallKind kind) => Measuring.Rounds.Time(() =>
        {
            if (kind == SmallKind.Case)
            {
                SlidingWindow.Predict(_network, _volume, _case.Plan.PatchSize, new PredictionOptions { Precision = Implementations.Fastest.Precision() }, CPU);
            }
            else
            {
                Step(kind == SmallKind.Training);
            }
        });

        public override void Dispose()
        {
            _optimizer.Dispose();
            _network.Dispose();
            _batch.Dispose();
        }

        private void Step(bool whole)
        {
            using var scope = NewDisposeScope();
            var loss = _network.Backward(_batch.Image, logits => _loss.Forward(logits, _batch.Targets));
            if (whole)
            {
                NesterovOptimizer.Clip(_network.parameters().Cast<TorchSharp.Modules.Parameter>(), PlainSearch.LargestNorm);
                _optimizer.Step();
            }

            loss.item<float>();
        }
    }

    private sealed class Transcription : SmallWork
    {
        private readonly PlainSearch _search;
        private readonly Batch _batch;

        public Transcription(SmallCase one, ScalarType type)
        {
            _batch = Hippocampus.Batch(one.Plan);
            _search = new PlainSearch(one.Space is null ? new PlainUNet(one.Plan, one.Architecture!) : new PlainUNet(one.Plan, one.Space), type);
        }

        public override double Run(SmallKind kind) => Measuring.Rounds.Time(() =>
        {
            switch (kind)
            {
                case SmallKind.Architecture:
                    _search.ArchitectureStep(_batch.Image, _batch.Targets);
                    break;
                case SmallKind.Gradients:
                    _search.Gradients(_batch.Image, _batch.Targets);
                    break;
                case SmallKind.Case:
                    using (var image = _batch.Image[0])
                    {
                        _search.Network.Probabilities(image).Dispose();
                    }

                    break;
                default:
                    _search.WeightStep(_batch.Image, _batch.Targets);
                    break;
            }
        });

        public override void Dispose()
        {
            _search.Dispose();
            _batch.Dispose();
        }
    }
}

/// <summary>Who computes a <see cref="SmallCase"/>.</summary>
internal enum SmallContestant
{
    /// <summary>The library in its fastest precision.</summary>
    Library,

    /// <summary>The transcription by libtorch in float32.</summary>
    PlainFloat32,

    /// <summary>The transcription by libtorch in bfloat16: weights, activations and momenta; only logits and loss in float32.</summary>
    PlainBFloat16,

    /// <summary>A transcription in PyTorch, float32, in a process of its own.</summary>
    PyTorch,
}
