using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Data.Tests.Preprocessing;

/// <summary>The whole way from real files to a store and back; skipped where the data is not.</summary>
public sealed class HippocampusTests : IDisposable
{
    private const string Task = "Task04_Hippocampus";

    private readonly string _store = Path.Combine(Path.GetTempPath(), "adwunet-hippocampus-" + Path.GetRandomFileName());

    [Fact]
    public void Real_cases_are_planned_preprocessed_and_restored()
    {
        var data = Environment.GetEnvironmentVariable("ADWUNET_DATA") ?? "";
        Assert.SkipUnless(Directory.Exists(Path.Combine(data, Task)), $"ADWUNET_DATA names no folder that holds {Task}.");
        var cancellation = TestContext.Current.CancellationToken;
        var dataset = Dataset.Load(Path.Combine(data, Task));

        var plan = Planner.Plan(Fingerprint.Compute(dataset, progress: null, cancellation));
        Assert.Equal(new Shape3(40, 56, 40), plan.PatchSize);
        Assert.Equal(new Shape3(36, 50, 35), plan.MedianShape);
        Assert.Equal(3, plan.PoolCount);
        Assert.False(plan.BatchDice);

        Preprocessor.Run(dataset, plan, _store, progress: null, cancellation);
        using var cases = CaseStore.Open(_store);
        Assert.Equal(dataset.Cases.Select(c => c.Id), cases.Cases.Select(c => c.Id));
        foreach (var entry in dataset.Cases)
        {
            var stored = cases[entry.Id];
            var voxels = (int)stored.Shape.Count;
            var probabilities = new float[plan.Classes.Count * voxels];
            for (var i = 0; i < voxels; i++)
            {
                probabilities[(Math.Max((short)0, stored.Labels[i]) * voxels) + i] = 1;
            }

            Assert.Equal(Nifti.ReadLabels(entry.LabelPath).Data, stored.Geometry.Restore(probabilities, plan.Classes.Count).Data);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_store))
        {
            Directory.Delete(_store, recursive: true);
        }
    }
}
