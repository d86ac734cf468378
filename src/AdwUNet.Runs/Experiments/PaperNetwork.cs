using System.Globalization;
using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>A network of the paper's tables by a name that fits a command line: a searched family, nnU-Net's, or nnU-Net's scaled by hand.</summary>
/// <param name="Name">Its name, such as <c>AdwUNet</c>, <c>nnU-Net</c> or <c>depth-1.5</c>.</param>
/// <param name="Title">Its name in the paper's tables, such as <c>depth × 1.5</c>.</param>
/// <param name="Family">What its search adapts; the space whose scale it has where nothing is searched.</param>
/// <param name="Source">Where its architecture comes from.</param>
public sealed record PaperNetwork(string Name, string Title, Family Family, ArchitectureSource Source)
{
    private const string Published = "published";

    /// <summary>nnU-Net and the three searched families, then the networks that the paper scales by hand.</summary>
    public static IReadOnlyList<PaperNetwork> All { get; } =
    [
        new("nnU-Net", "nnU-Net", Family.AdwUNet, ArchitectureSource.Manual),
        new("AdUNet", "AdU-Net", Family.AdUNet, ArchitectureSource.Search),
        new("AwUNet", "AwU-Net", Family.AwUNet, ArchitectureSource.Search),
        new("AdwUNet", "AdwU-Net", Family.AdwUNet, ArchitectureSource.Search),
        Scaled("depth", 0.5), Scaled("depth", 1.5), Scaled("depth", 2),
        Scaled("width", 0.5), Scaled("width", 1.5), Scaled("width", 2),
        Scaled("both", 0.5), Scaled("both", 1.5),
    ];

    /// <summary>Whether its architecture must be searched.</summary>
    public bool IsSearched => Source == ArchitectureSource.Search;

    /// <summary>Finds a network.</summary>
    /// <param name="name">A name of <see cref="All"/>, or <c>published</c> for the AdwU-Net that the authors published for the task.</param>
    /// <param name="task">The task; only <c>published</c> needs it.</param>
    /// <exception cref="ExperimentException">There is no such network, or the authors published none for the task.</exception>
    public static PaperNetwork Named(string name, PaperTask? task = null)
    {
        if (name == Published)
        {
            return task?.Published is { } authors
                ? new(Published, "AdwU-Net", Family.AdwUNet, authors)
                : throw new ExperimentException(
                    $"The authors published no network for {task?.Dataset ?? "no task"}; choose the network AdwUNet, which is searched, or one of {string.Join(", ", PaperTask.All.Where(other => other.Published is not null).Select(other => other.Dataset))}.");
        }

        return All.FirstOrDefault(network => network.Name == name)
            ?? throw new ExperimentException($"There is no network '{name}'; choose {string.Join(", ", All.Select(network => network.Name))} or {Published}.");
    }

    /// <summary>The architecture; null where it must be searched.</summary>
    /// <param name="space">The search space, at the scale of a profile.</param>
    /// <param name="poolCount">P, the number of poolings of the plan.</param>
    public Architecture? Architecture(SearchSpace space, int poolCount) => Source.Of(space, poolCount, seed: 0);

    private static PaperNetwork Scaled(string what, double factor)
    {
        var text = factor.ToString(CultureInfo.InvariantCulture);
        return new($"{what}-{text}", $"{what} × {text}", Family.AdwUNet, ArchitectureSource.Scaled(what == "width" ? 1 : factor, what == "depth" ? 1 : factor));
    }
}
