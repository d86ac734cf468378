using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Planning;

public sealed class PlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("adwunet-plan").FullName;

    private string PlanPath => Path.Combine(_folder, "plan.json");

    [Fact]
    public void A_plan_survives_its_file()
    {
        var plan = TestPlans.Small(new(0.1, 1.0 / 3, 2)) with
        {
            Normalization = [new(NormalizationScheme.CT, new IntensityStatistics(1.5, 2.25, -3, 4, 0.1, -5, 6))],
            AxisOrder = [2, 0, 1],
        };
        plan.Save(PlanPath);
        var read = Plan.Load(PlanPath);
        Assert.True(plan.HasSamePreprocessing(read));
        Assert.Equal(plan.PoolKernels, read.PoolKernels);
        Assert.Equal(plan.ConvKernels, read.ConvKernels);
        Assert.Equal((plan.PatchSize, plan.BatchSize, plan.MedianShape), (read.PatchSize, read.BatchSize, read.MedianShape));
        Assert.Equal([PlanPath], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("\"batchSize\": 2", "\"batchSize\": \"two\"", "batchSize")]
    [InlineData("\"batchSize\": 2,", "", "batchSize")]
    [InlineData("\"batchSize\": 2,", "\"batchSize\": 2, \"batchSise\": 3,", "batchSise")]
    [InlineData("\"batchSize\": 2", "\"batchSize\": 0", "batchSize")]
    [InlineData("\"zScore\"", "\"zscored\"", "normalization")]
    [InlineData("\"dataset\": \"Small\"", "\"dataset\": null", "dataset")]
    [InlineData("{", "", "valid")]
    public void A_damaged_file_is_refused_with_its_name_and_the_field(string good, string bad, string field)
    {
        TestPlans.Small(new(1, 1, 1)).Save(PlanPath);
        var text = File.ReadAllText(PlanPath);
        var at = text.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(PlanPath, text.Remove(at, good.Length).Insert(at, bad));
        var error = Assert.Throws<PlanException>(() => Plan.Load(PlanPath));
        Assert.Contains(PlanPath, error.Message, StringComparison.Ordinal);
        Assert.Contains(field, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_missing_file_is_refused_with_its_name()
    {
        var error = Assert.Throws<PlanException>(() => Plan.Load(PlanPath));
        Assert.Contains(PlanPath, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_contradict_each_other_are_refused()
    {
        var plan = TestPlans.Small(new(1, 1, 1));
        Plan[] wrong =
        [
            plan with { PatchSize = new(16, 16, 17) },
            plan with { AxisOrder = [0, 1, 1] },
            plan with { ConvKernels = [] },
            plan with { Normalization = [] },
            plan with { Normalization = [new(NormalizationScheme.CT)] },
            plan with { Spacing = new(1, -1, 1) },
            plan with { Classes = ["background"] },
        ];
        Assert.All(wrong, p => Assert.Throws<PlanException>(() => p.Save(PlanPath)));
        Assert.False(File.Exists(PlanPath));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
