using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>A row of the paper's tables that this kit can run: a network on a task by the paper's protocol (<c>notebooks/paper-task.ipynb</c>).</summary>
/// <param name="Task">The task.</param>
/// <param name="Network">The network.</param>
public sealed record PaperExperiment(PaperTask Task, PaperNetwork Network)
{
    /// <summary>All rows: nnU-Net and AdwU-Net on the ten tasks (Tables 2 and 4), and the networks of Tables 3 and 5 on Task05_Prostate.</summary>
    public static IReadOnlyList<PaperExperiment> All { get; } =
    [
        .. from task in PaperTask.All
           from network in PaperNetwork.All
           where task == PaperTask.Prostate || network.Name is "nnU-Net" or "AdwUNet"
           select new PaperExperiment(task, network),
    ];

    /// <summary>Where the row stands in the paper, with its mean Dice there.</summary>
    public IReadOnlyList<(string Table, double Dice)> Published =>
    [
        .. from table in (int[])[2, 3, 4]
           let dice = PaperTables.MeanDice(table, Task.Dataset, Network.Title)
           where dice is not null
           select ($"Table {table}", dice.Value),
        .. from row in PaperTable5.Rows
           where Task == PaperTask.Prostate && row.Name == Network.Title
           select ("Table 5", row.Dice),
    ];

    /// <summary>The parameters of the row, which are added to <see cref="Command"/>.</summary>
    public string Parameters => $"-p task={Task.Dataset} -p network={Network.Name}";

    /// <summary>The command of every row without its parameters.</summary>
    /// <param name="size">A profile's name.</param>
    public static string Command(string size) => $"dotnet run --project src/AdwUNet.Kernel -c Release -- run notebooks/paper-task.ipynb --html -p size={size}";

    /// <summary>What the row takes; null for a task whose plan needs the data.</summary>
    /// <param name="profile">The size of the run.</param>
    /// <remarks>A network that must be searched counts as the one that the authors published for it if there is one, else as the largest of the space.</remarks>
    public RunEstimate? Estimate(Profile profile)
    {
        if (Task.Geometry is null) return null;
        var plan = Task.PublishedPlan(profile.Planner);
        var settings = RunSettings.Of(profile, Network.Family);
        if (!Network.IsSearched) return RunEstimate.Of(settings, plan, Network.Architecture(settings.Space, plan.PoolCount), Task.Cases, Task.TestCases);
        var likely = profile.WidthDivisor == 1
            && PublishedArchitectures.All.GetValueOrDefault($"{Task.Dataset}/{Network.Family}") is { } published && published.PoolCount == plan.PoolCount ? published : null;
        var estimate = RunEstimate.Of(settings, plan, network: null, Task.Cases, Task.TestCases);
        return likely is null ? estimate : RunEstimate.Of(settings, plan, likely, Task.Cases, Task.TestCases) with { Search = estimate.Search, Bytes = estimate.Bytes };
    }
}
