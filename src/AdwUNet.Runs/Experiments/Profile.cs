using System.Security.Cryptography;
using System.Text.Json.Serialization;
using AdwUNet.Architectures;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Search;
using AdwUNet.Training;

namespace AdwUNet.Experiments;

/// <summary>
/// How large an experiment is: from seconds for a check of the code to the published settings. Change one with
/// <c>Profile.Laptop with { … }</c>; give it a name of its own.
/// </summary>
public sealed record Profile
{
    /// <summary>Its name: <c>check</c>, <c>quick</c>, <c>laptop</c>, <c>night</c>, <c>paper</c>, <c>paper-text</c> or one of your own; a part of folder names.</summary>
    public required string Name { get; init; }

    /// <summary>Its purpose, in one sentence.</summary>
    public required string Description { get; init; }

    /// <summary>The budget and the limits of the planner, which plans patch and network for each dataset.</summary>
    public PlannerOptions Planner { get; init; } = new();

    /// <summary>The divisor of the supernet's widths. The published widths double from 48 to 384 (from 32 to 320 for AdU-Net).</summary>
    public int WidthDivisor { get; init; } = 1;

    /// <summary>
    /// One in this many training cases is set aside to monitor search and training, so that the fold's validation cases are not used before
    /// the evaluation. 0 monitors on the validation cases themselves, as the published code does.
    /// </summary>
    public int MonitorEvery { get; init; }

    /// <summary>The search.</summary>
    public required SearchOptions Search { get; init; }

    /// <summary>The training of the derived network.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>Whether the training of a grid's run starts from the weights of its supernet instead of random ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool StartsFromSupernet { get; init; }

    /// <summary>The prediction of whole cases.</summary>
    public PredictionOptions Prediction { get; init; } = new();

    /// <summary>The search of each run of a grid; <see cref="Search"/> when null.</summary>
    public SearchOptions? SearchInGrid { get; init; }

    /// <summary>The training of each run of a grid; <see cref="Training"/> when null.</summary>
    public TrainingOptions? TrainingInGrid { get; init; }

    /// <summary>The prediction of each run of a grid; <see cref="Prediction"/> when null.</summary>
    public PredictionOptions? PredictionInGrid { get; init; }

    /// <summary>Whether a notebook that needs a search runs it if it is missing. If false, the notebook's error says what to run first.</summary>
    public bool SearchesOnTheWay { get; init; }

    /// <summary>Which weights of the training are evaluated.</summary>
    public string WeightsFile { get; init; } = TrainedModel.BestWeightsFile;

    /// <summary>Every notebook in seconds: executes all code, without meaningful results.</summary>
    public static Profile Check => Profiles.Check;

    /// <summary>All notebooks in minutes on two cores: a demonstration, without meaningful results.</summary>
    public static Profile Quick => Profiles.Quick;

    /// <summary>Real data on a laptop's CPU within an hour.</summary>
    public static Profile Laptop => Profiles.Laptop;

    /// <summary>Real data on a laptop's CPU in a night: about three hours a fold. Not measured yet.</summary>
    public static Profile Night => Profiles.Night;

    /// <summary>The published settings: days on a GPU.</summary>
    public static Profile Paper => Profiles.Paper;

    /// <summary>The settings of the paper's text where it differs from the authors' code: weight decay, the data of the weight step, the temperature in the warm-up.</summary>
    public static Profile PaperText => Profiles.PaperText;

    /// <summary>The profiles that have a name.</summary>
    public static IReadOnlyList<Profile> All { get; } = [Profiles.Check, Profiles.Quick, Profiles.Laptop, Profiles.Night, Profiles.Paper, Profiles.PaperText];

    /// <summary>Finds a profile: the one with a name, or the one in a file (<see cref="ProfileFile"/>).</summary>
    /// <param name="nameOrFile">A name of <see cref="All"/>, or the path of a file that ends in <c>.json</c>.</param>
    /// <param name="folder">The folder at which a relative path starts if it does not start at the current one.</param>
    /// <exception cref="ExperimentException">There is no such profile or file, or the file is damaged.</exception>
    public static Profile Named(string nameOrFile, string folder = ".") =>
        All.FirstOrDefault(profile => profile.Name == nameOrFile)
        ?? (nameOrFile.EndsWith(ProfileFile.Extension, StringComparison.OrdinalIgnoreCase) ? ProfileFile.Load(nameOrFile, folder) : null)
        ?? throw new ExperimentException(
            $"There is no profile '{nameOrFile}'; choose {string.Join(", ", All.SkipLast(1).Select(p => p.Name))} or {All[^1].Name}, or give the path of a file that ends in {ProfileFile.Extension}.");

    /// <summary>The name of its planner, in the name of the folder of preprocessed cases: other settings have another name.</summary>
    internal string PlannerName
    {
        get
        {
            const int digits = 8;
            return All.Any(profile => profile.Name == Name && profile.Planner == Planner)
                ? Name
                : $"{Name}-{Convert.ToHexStringLower(SHA256.HashData(JsonFile.Serialize(Planner)))[..digits]}";
        }
    }

    /// <summary>The search space of a family at this profile's size.</summary>
    /// <param name="family">What the search adapts.</param>
    public SearchSpace Space(Family family)
    {
        var published = SearchSpace.Published(family);
        return published with { BaseWidth = published.BaseWidth / WidthDivisor, MaxWidth = published.MaxWidth / WidthDivisor };
    }
}
