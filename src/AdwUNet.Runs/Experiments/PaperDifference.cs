using System.Globalization;

namespace AdwUNet.Experiments;

/// <summary>A setting in which the paper's text (section 4.1) differs from the authors' published code, which is the default here.</summary>
/// <param name="Name">The setting, short enough for the name of a variant.</param>
/// <param name="Text">What the paper says.</param>
/// <param name="Code">What the code does.</param>
/// <param name="Option">The option that selects it.</param>
/// <param name="AsInText">Changes the settings of a run to those of the text.</param>
public sealed record PaperDifference(string Name, string Text, string Code, string Option, Func<RunSettings, RunSettings> AsInText)
{
    /// <summary>All of them; together they turn the profile <c>paper</c> into <c>paper-text</c>.</summary>
    public static IReadOnlyList<PaperDifference> All { get; } =
    [
        new("weight decay",
            $"{Number(Profile.PaperText.Search.WeightDecay)} in search and training",
            $"{Number(Profile.Paper.Search.WeightDecay)}, inherited from nnU-Net v1",
            "Search.WeightDecay, Training.WeightDecay",
            e => e with
            {
                Search = e.Search with { WeightDecay = Profile.PaperText.Search.WeightDecay },
                Training = e.Training with { WeightDecay = Profile.PaperText.Training.WeightDecay },
            }),
        new("data of the weight step",
            "half A of the training cases",
            "half B, which the second architecture step uses, too",
            "Search.WeightsLearnFromA",
            e => e with { Search = e.Search with { WeightsLearnFromA = true } }),
        new("temperature",
            "falls in every epoch",
            "falls after the warm-up only",
            "Search.AnnealsInWarmUp",
            e => e with { Search = e.Search with { AnnealsInWarmUp = true } }),
    ];

    /// <summary>Changes the settings of a run to those of the text, all at once.</summary>
    /// <param name="settings">The settings.</param>
    public static RunSettings AllAsInText(RunSettings settings) => All.Aggregate(settings, (changed, difference) => difference.AsInText(changed));

    private static string Number(double value) => value.ToString("0e-0", CultureInfo.InvariantCulture);
}
