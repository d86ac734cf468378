using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Phantom;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Small;

/// <summary>What is measured at the widths of a laptop.</summary>
internal enum SmallKind
{
    /// <summary>A weight step of a supernet.</summary>
    Weight,

    /// <summary>An architecture step of a supernet.</summary>
    Architecture,

    /// <summary>Forward and backward of a derived network, loss included.</summary>
    Gradients,

    /// <summary>The same, then clipping and the optimizer's step.</summary>
    Training,

    /// <summary>The probabilities of a whole case by a derived network: one tile, 8 mirrorings, 2 patches a pass.</summary>
    Case,
}

/// <summary>A network at the widths of a laptop.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Plan">The plan; its batch is the batch of a step.</param>
/// <param name="Space">The space of a supernet; null for a derived network.</param>
/// <param name="Architecture">The architecture of a derived network; null for a supernet.</param>
internal sealed record SmallCase(string Name, Plan Plan, SearchSpace? Space, Architecture? Architecture)
{
    private static readonly Lazy<IReadOnlyList<SmallCase>> Made = new(() => [.. Make()]);

    public static IReadOnlyList<SmallCase> All => Made.Value;

    /// <summary>The first one whose name starts with a text and of which a kind is measured.</summary>
    public static SmallCase Of(string name, SmallKind kind) => Make().First(one => one.Name.StartsWith(name, StringComparison.Ordinal) && one.Kinds.Contains(kind));

    /// <summary>What is measured of it.</summary>
    public IReadOnlyList<SmallKind> Kinds => Space is null ? [SmallKind.Gradients, SmallKind.Training, SmallKind.Case] : [SmallKind.Weight, SmallKind.Architecture];

    /// <summary>Cost of a step or a forward pass.</summary>
    public NetworkCost Cost => Space is not null ? NetworkCost.Of(Space, Plan) : NetworkCost.Of(Architecture!, Plan);

    /// <summary>Operations by definition.</summary>
    public double Flops(SmallKind kind) => kind switch
    {
        SmallKind.Architecture => Cost.ArchitectureStepFlops,
        SmallKind.Case => (double)Cost.ForwardFlops * Mirrorings / Plan.BatchSize,
        _ => Cost.WeightStepFlops,
    };

    /// <summary>Mirrorings of a case.</summary>
    public const int Mirrorings = 8;

    private static IEnumerable<SmallCase> Make()
    {
        yield return new("laptop supernet, 12 to 96", Hippocampus.Plan, Profile.Laptop.Space(Family.AdwUNet), null);
        yield return new("laptop derived network", Hippocampus.Plan, null, Architecture.Parse("[[12,12],[24,24],[48,48],[96],[48,48],[24,20],[10]]"));
        yield return new("quick supernet", QuickPlan(), Profile.Quick.Space(Family.AdwUNet), null);
    }

    private static Plan QuickPlan()
    {
        var folder = Directory.CreateTempSubdirectory("adwunet-");
        try
        {
            PhantomDataset.Create(folder.FullName, new PhantomOptions());
            return Planner.Plan(Fingerprint.Compute(Dataset.Load(folder.FullName)), Profile.Quick.Planner);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
