using System.Diagnostics;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Networks;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Loading;

/// <summary>How long the steps of a search wait for their batches: profile <c>laptop</c>, full augmentation, phantom scans.</summary>
/// <param name="Step">Seconds of a step, waiting included.</param>
/// <param name="Wait">Seconds of it in which the next batch was waited for and copied.</param>
/// <param name="Unfed">Seconds of a step that always gets the same batch while no loader runs.</param>
/// <param name="Batch">Seconds to make one batch by one thread, with nothing beside it.</param>
internal sealed record WaitingTime(Samples Step, Samples Wait, Samples Unfed, Samples Batch)
{
    private const int StepsTogether = 12;

    /// <summary>Measures.</summary>
    public static WaitingTime Measure(Rounds rounds)
    {
        var folder = Directory.CreateTempSubdirectory("adwunet-");
        try
        {
            return Measure(folder.FullName, rounds);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static WaitingTime Measure(string folder, Rounds rounds)
    {
        var profile = Profile.Named("laptop");
        var (data, store) = (Path.Combine(folder, "data"), Path.Combine(folder, "store"));
        PhantomDataset.Create(data, new PhantomOptions());
        var dataset = Dataset.Load(data);
        var plan = Planner.Plan(Fingerprint.Compute(dataset), profile.Planner);
        Preprocessor.Run(dataset, plan, store);
        using var cases = CaseStore.Open(store);
        using var supernet = new Supernet(plan, profile.Space(Family.AdwUNet));
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(plan.BatchDice), DeepSupervision.Weights(plan.PoolCount));
        using var optimizer = new MixedLevelOptimizer(supernet, loss, profile.Search);

        var found = new WaitingTime(new(), new(), new(), new());
        using var same = Loader(0).Next();
        using var alone = Loader(0);
        rounds.Alternate(() => found.Feed(() => Loader(1), optimizer), () => found.Repeat(same, optimizer), () => found.Make(alone));
        return found;

        BatchLoader Loader(int threads) => new(cases.Cases, plan, profile.Search.Sampling, seed: 1, "benchmark", threads: threads);
    }

    private void Feed(Func<BatchLoader> open, MixedLevelOptimizer optimizer)
    {
        using var loader = open();
        loader.Next().Dispose(); // the first batch of a search is waited for, once
        for (var i = 0; i < StepsTogether; i++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            using var batch = loader.Next();
            Wait.Add(clock.Elapsed.TotalSeconds);
            optimizer.WeightStep(batch.Image, batch.Targets);
            Step.Add(clock.Elapsed.TotalSeconds);
        }
    }

    private void Repeat(Batch batch, MixedLevelOptimizer optimizer)
    {
        for (var i = 0; i < StepsTogether; i++)
        {
            Unfed.Add(Rounds.Time(() => optimizer.WeightStep(batch.Image, batch.Targets)));
        }
    }

    private void Make(BatchLoader alone)
    {
        for (var i = 0; i < StepsTogether; i++)
        {
            Batch.Add(Rounds.Time(() => alone.Next().Dispose()));
        }
    }
}
