using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>The result of a finished run of a grid.</summary>
/// <param name="run">The run.</param>
/// <param name="architecture">The network that was trained.</param>
/// <param name="weights">Its number of weights.</param>
/// <param name="forwardFlops">Floating-point operations of its forward pass on one patch of the plan.</param>
/// <param name="evaluation">Its segmentations of the fold's scans.</param>
public sealed class GridResult(GridRun run, Architecture architecture, long weights, long forwardFlops, EvaluationReport evaluation)
{
    // One epoch validates on few patches only.
    private const int EpochsOfPatchDice = 3;

    private readonly Lazy<IReadOnlyList<SearchEpoch>> _search = new(() => GridRun.History<SearchEpoch>(run.SearchFolder));
    private readonly Lazy<IReadOnlyList<TrainingEpoch>> _training = new(() => GridRun.History<TrainingEpoch>(run.TrainingFolder));

    /// <summary>The run.</summary>
    public GridRun Run { get; } = run;

    /// <summary>The network that was trained.</summary>
    public Architecture Architecture { get; } = architecture;

    /// <summary>Its number of weights.</summary>
    public long Weights { get; } = weights;

    /// <summary>Floating-point operations of its forward pass on one patch of the plan.</summary>
    public long ForwardFlops { get; } = forwardFlops;

    /// <summary>Dice and 95 % Hausdorff distance (mm) of each scan of the fold and each class, in the scan's own geometry.</summary>
    public EvaluationReport Evaluation { get; } = evaluation;

    /// <summary>Mean over the classes of their mean Dice over the scans; null when no class occurs.</summary>
    public double? Dice => Evaluation.MeanDice;

    /// <summary>Mean over the classes of their mean 95 % Hausdorff distance (mm); null when no class is found anywhere.</summary>
    public double? HausdorffDistance95 => MetricSummary.Of(Evaluation.Classes.Select(c => c.HausdorffDistance95.Mean)).Mean;

    /// <summary>The epochs of the search, read when they are asked for; none without a search.</summary>
    /// <exception cref="RunException">The history is damaged.</exception>
    public IReadOnlyList<SearchEpoch> Search => _search.Value;

    /// <summary>The epochs of the training, read when they are asked for.</summary>
    /// <exception cref="RunException">The history is damaged.</exception>
    public IReadOnlyList<TrainingEpoch> Training => _training.Value;

    /// <summary>Mean Dice on the patches that monitor the training, over the classes and the last three epochs; null where no class occurred.</summary>
    /// <exception cref="RunException">The history is damaged.</exception>
    public double? PatchDice => Curve.Where(point => point.Stage == CurvePoint.Training).TakeLast(EpochsOfPatchDice).Average(point => point.Dice);

    /// <summary>What the run took; read from its folder unless it is given.</summary>
    /// <exception cref="RunException">A file is damaged.</exception>
    public RunCost Cost
    {
        get => field ??= RunCost.Read(this);
        init;
    }

    /// <summary>The epochs of search and training with their durations; read from the run's folder unless they are given.</summary>
    /// <exception cref="RunException">A history is damaged.</exception>
    public IReadOnlyList<CurvePoint> Curve
    {
        get => field ??= CurvePoint.Of(this);
        init;
    }

    /// <summary>By which version and on which machine it was computed; read from the run's folder unless it is given.</summary>
    /// <exception cref="RunException">The file is missing or damaged.</exception>
    public RunOrigin Origin
    {
        get => field ??= RunOrigin.Read(Run);
        init;
    }
}
