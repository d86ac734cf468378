using AdwUNet.Architectures;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Runs;

/// <summary>The numbers of an epoch as scalars for TensorBoard. Values that do not exist are left out.</summary>
internal static class EpochScalars
{
    /// <param name="epoch">An epoch of a search.</param>
    /// <param name="targets">The names of the classes or regions.</param>
    public static IEnumerable<(string Tag, double Value)> Of(SearchEpoch epoch, IReadOnlyList<string> targets) => Existing(
    [
        ("loss/weights", epoch.WeightLoss), ("loss/architecture", epoch.ArchitectureLoss), ("loss/validation", epoch.ValidationLoss),
        .. Dice(epoch.ValidationDice, targets), ("learning rate/weights", epoch.WeightLearningRate), ("temperature", epoch.Temperature),
        ("budget/expected cost", epoch.ExpectedCost), ("budget/multiplier", epoch.Multiplier), .. epoch.Logits.Blocks.SelectMany(Shares),
    ]);

    /// <param name="epoch">An epoch of a training.</param>
    /// <param name="targets">The names of the classes or regions.</param>
    public static IEnumerable<(string Tag, double Value)> Of(TrainingEpoch epoch, IReadOnlyList<string> targets) => Existing(
    [
        ("loss/training", epoch.TrainingLoss), ("loss/validation", epoch.ValidationLoss), .. Dice(epoch.ValidationDice, targets),
        ("Dice/moving average", epoch.MovingAverageDice), ("learning rate/weights", epoch.LearningRate),
    ]);

    private static IEnumerable<(string, double)> Existing(IEnumerable<(string Tag, double? Value)> scalars) =>
        scalars.Where(scalar => scalar.Value is not null).Select(scalar => (scalar.Tag, scalar.Value!.Value));

    private static IEnumerable<(string, double?)> Dice(IReadOnlyList<double?> values, IReadOnlyList<string> targets) =>
        values.Select((value, i) => ($"Dice/{targets[i]}", value));

    /// <summary>The share of every depth of a block and of every width of its convolutions: the softmax of its logits.</summary>
    private static IEnumerable<(string, double?)> Shares(BlockLogits block)
    {
        var depths = Decoding.Softmax([.. block.Betas.DefaultIfEmpty()]).Take(block.Betas.Count);
        var widths = block.Alphas.SelectMany((alphas, unit) => Decoding.Softmax(alphas).Select((share, option) =>
            ($"share/{block.Name}.{unit + 1}/width {block.WidthOptions[unit][option]}", (double?)share)));
        return depths.Select((share, i) => ($"share/{block.Name}/depth {i + 1}", (double?)share)).Concat(widths);
    }
}
