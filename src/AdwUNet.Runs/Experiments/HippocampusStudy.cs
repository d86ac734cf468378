using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Runs;

namespace AdwUNet.Experiments;

/// <summary>
/// The experiments behind <c>notebooks/09-verdict</c>, as grids: nnU-Net's manual network and the searched ones on five folds, and on fold 0 random
/// architectures of the same space, manual scaling, further seeds and the weight decay of the paper's text; after these the searches under a budget of
/// <c>notebooks/10-search-under-a-budget</c>. All runs train for 4,000 iterations.
/// </summary>
public sealed class HippocampusStudy
{
    /// <summary>The dataset of the committed results.</summary>
    public const string Dataset = "Task04_Hippocampus";

    /// <summary>nnU-Net's network with two convolutions a block.</summary>
    public const string Manual = "manual";

    /// <summary>The published method: searched depth and width, mask before the norm.</summary>
    public const string AdwU = "AdwU-Net";

    /// <summary>Searched depth.</summary>
    public const string AdU = "AdU-Net";

    /// <summary>Searched width.</summary>
    public const string AwU = "AwU-Net";

    /// <summary>Searched depth and width, with the mask after the activation, where its gradient is not lost.</summary>
    public const string MaskAfter = "AdwU-Net, mask after activation";

    /// <summary>The published method with the weight decay of the paper's text.</summary>
    public const string AdwUDecayed = "AdwU-Net, weight decay 1e-3";

    /// <summary>The manual network with the weight decay of the paper's text.</summary>
    public const string ManualDecayed = "manual, weight decay 1e-3";

    private const int RandomNetworks = 20;
    private const int FirstRandomNetworks = 4;
    private const double WeightDecayOfText = 1e-3; // Paper, section 4.1; the authors' code has 3e-5.

    /// <summary>Describes the experiments; reads and writes nothing yet.</summary>
    /// <param name="root">The folder that contains <c>data</c> and <c>runs</c>.</param>
    /// <param name="dataset">Another dataset than that of the committed results; a name or the full path of its folder.</param>
    /// <param name="profile">Another size than <see cref="Profile"/>.</param>
    /// <exception cref="ExperimentException">The dataset's name is not a valid folder name.</exception>
    public HippocampusStudy(string root, string dataset = Dataset, Profile? profile = null)
    {
        profile ??= Profile;
        Experiment = new(root, dataset, profile, "cpu", run: $"{Path.GetFileName(dataset)}-{profile.Name}-study");
        Networks = Experiment.Grid("networks", folds: [0, 1, 2, 3, 4])
            .Add(Manual, e => e with { Architecture = ArchitectureSource.Manual })
            .Add(AdwU)
            .Add(AdU, e => e with { Space = profile.Space(Family.AdUNet) })
            .Add(AwU, e => e with { Space = profile.Space(Family.AwUNet) })
            .Add(MaskAfter, e => e with { Space = e.Space with { MaskPlacement = MaskPlacement.AfterActivation } });
        Random = Experiment.Grid("random");
        for (var i = 1; i <= RandomNetworks; i++)
        {
            var draw = (ulong)i;
            Random.Add($"random {i}", e => e with { Architecture = ArchitectureSource.Drawn(draw) });
        }

        Scaling = Experiment.Grid("scaling");
        foreach (var (name, depth, width) in new[]
        {
            ("depth × 0.5", 0.5, 1), ("depth × 1.5", 1.5, 1), ("depth × 2", 2, 1), ("width × 0.5", 1, 0.5), ("width × 1.5", 1, 1.5), ("width × 2", 1, 2),
            ("both × 0.5", 0.5, 0.5), ("both × 1.5", 1.5, 1.5),
        })
        {
            Scaling.Add(NameOf(name), e => e with { Architecture = ArchitectureSource.Scaled(depth, width) });
        }

        Seeds = Experiment.Grid("seeds", seeds: [2, 3])
            .Add(AdwU).Add(Manual, e => e with { Architecture = ArchitectureSource.Manual });
        WeightDecay = Experiment.Grid("weight-decay")
            .Add(AdwUDecayed, Decayed).Add(ManualDecayed, e => Decayed(e) with { Architecture = ArchitectureSource.Manual });

        var networks = Networks.Runs.ToLookup(run => run.Fold);
        Rows =
        [
            .. networks[0].Take(2), .. Random.Runs.Take(FirstRandomNetworks), .. networks[0].Skip(2), .. Random.Runs.Skip(FirstRandomNetworks),
            .. Scaling.Runs, .. Seeds.Runs, .. WeightDecay.Runs, .. Networks.Runs.Where(run => run.Fold > 0).OrderBy(run => run.Fold),
        ];
        Budgets = Experiment.Grid("budgets", seeds: [1, 2]);
        foreach (var share in BudgetShares)
        {
            Budgets.Add(string.Create(CultureInfo.InvariantCulture, $"{AdwU}, budget {share}"), e => e with { FlopsOfManual = share });
        }
    }

    /// <summary>
    /// The budgets: FLOPs as shares of those of the manual network. The space has networks of 0.14 to 3.28 times its FLOPs; the search without a budget
    /// ends at twice.
    /// </summary>
    public static IReadOnlyList<double> BudgetShares { get; } = [0.5, 0.75, 1, 1.5];

    /// <summary>
    /// The size of all runs: that of <see cref="Profile.Laptop"/> when the study began, in full, so that later changes of that profile leave the study
    /// as it is. bfloat16 is fixed, because what a busy machine measures as faster would change from run to run.
    /// </summary>
    public static Profile Profile { get; } = new()
    {
        Name = "4000",
        Description = "4,000 training iterations a run, as the profile laptop",
        Planner = new()
        {
            MemoryBudget = 520_000_000.0 * 2 / 11, // nnU-Net's budget of 11 GB, for 2 GB
            StepSeconds = 0.6,
            BaseFeatures = 12,
            MaxFeatures = 96,
            ConvolutionsPerStage = 3,
            BatchSize = 2,
        },
        WidthDivisor = 4,
        MonitorEvery = 10,
        Search = new()
        {
            Epochs = 20,
            WarmUpEpochs = 8,
            IterationsPerEpoch = 25,
            ValidationIterations = 8,
            TemperatureFactor = 0.6835, // τ falls from 5 to about 0.05 over the twelve epochs after the warm-up
            ArchitectureLearningRate = 1e-2,
            ClipStaleGradients = false,
            Precision = Precision.BFloat16,
        },
        Training = new() { Epochs = 40, IterationsPerEpoch = 100, ValidationIterations = 8, Precision = Precision.BFloat16 },
        Prediction = new() { Precision = Precision.BFloat16, BatchSize = 2 },
    };

    /// <summary>Dataset, size and folders.</summary>
    public Experiment Experiment { get; }

    /// <summary>The manual network and four searched ones on five folds.</summary>
    public Grid Networks { get; }

    /// <summary>Twenty uniform draws from the search space of AdwU-Net on fold 0 (<see cref="RandomDraws.Draw"/>), each trained with the same seed.</summary>
    public Grid Random { get; }

    /// <summary>The manual network scaled by hand, with the factors of the paper's Table 5, on fold 0.</summary>
    public Grid Scaling { get; }

    /// <summary>Two further seeds of AdwU-Net's search and training, and two of the manual network's training, on fold 0.</summary>
    public Grid Seeds { get; }

    /// <summary>The weight decay of the paper's text, 1e-3, on fold 0.</summary>
    public Grid WeightDecay { get; }

    /// <summary>The five grids of the verdict.</summary>
    public IReadOnlyList<Grid> Grids => [Networks, Random, Scaling, Seeds, WeightDecay];

    /// <summary>The runs of the verdict in the order in which they are run.</summary>
    public IReadOnlyList<GridRun> Rows { get; }

    /// <summary>AdwU-Net's search with each of <see cref="BudgetShares"/> as its budget, on fold 0 with two seeds.</summary>
    public Grid Budgets { get; }

    /// <summary>All runs in the order in which they are run: those of the verdict, then each budget with the first seed, then with the second.</summary>
    public IReadOnlyList<GridRun> AllRows => [.. Rows, .. Budgets.Runs.OrderBy(run => run.Seed)];

    /// <summary>The run that is kept with the code in full (<see cref="ResultFiles.SaveRun"/>): AdwU-Net on fold 0.</summary>
    public GridRun Example => Networks.Runs.First(run => run.Variant.Name == AdwU);

    /// <summary>The run with a name, such as <c>AdwU-Net, fold 0, seed 1</c>.</summary>
    /// <param name="name">See <see cref="GridRun.Name"/>.</param>
    /// <exception cref="ExperimentException">There is none.</exception>
    public GridRun Row(string name) => AllRows.FirstOrDefault(row => row.Name == name)
        ?? throw new ExperimentException($"The study has no run '{name}'; it has {string.Join("; ", AllRows.Select(row => row.Name))}.");

    /// <summary>The results of the finished runs, in the order of <see cref="AllRows"/>.</summary>
    /// <exception cref="RunException">A result is damaged, or is that of other settings or cases.</exception>
    public GridResults Results()
    {
        var found = Grids.Append(Budgets).SelectMany(grid => grid.Results()).ToDictionary(result => result.Run.Key);
        return new([.. AllRows.Where(row => found.ContainsKey(row.Key)).Select(row => found[row.Key])]);
    }

    /// <summary>The results of the verdict that are kept with the code (<see cref="ResultFiles"/>).</summary>
    /// <param name="folder">The folder of the files, such as <c>notebooks/results/hippocampus</c>.</param>
    /// <exception cref="ExperimentException">A file is missing or damaged, or holds a run that the study does not have.</exception>
    public GridResults Results(string folder) => new([.. AllResults(folder).Where(result => Rows.Contains(result.Run))]);

    /// <summary>All results that are kept with the code, in the order of <see cref="AllRows"/>.</summary>
    /// <inheritdoc cref="Results(string)"/>
    public GridResults AllResults(string folder) => ResultFiles.Load(folder, AllRows);

    /// <summary>The study's name of a network of the paper's Table 5.</summary>
    /// <param name="network">Its name there, such as <c>AdwU-Net</c> or <c>depth × 1.5</c>.</param>
    internal static string NameOf(string network) => network is AdwU or AdU or AwU ? network : $"{Manual}, {network}";

    private static RunSettings Decayed(RunSettings settings) => settings with
    {
        Search = settings.Search with { WeightDecay = WeightDecayOfText },
        Training = settings.Training with { WeightDecay = WeightDecayOfText },
    };
}
