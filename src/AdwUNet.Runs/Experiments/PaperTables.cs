namespace AdwUNet.Experiments;

/// <summary>
/// Tables 2 to 4 of the paper as data (Huang, Wang, Yang, Gu: AdwU-Net, MIDL 2022, PMLR 172). Every figure is the printed one. <see cref="PaperTable5"/> has
/// Table 5 and Figure 2.
/// </summary>
public static class PaperTables
{
    /// <summary>Where the figures come from.</summary>
    public const string Source = "Huang, Wang, Yang, Gu: AdwU-Net, MIDL 2022 (PMLR 172)";

    /// <summary>The class of a mean over the classes.</summary>
    public const string Mean = "mean";

    /// <summary>The dataset of a mean over the tasks of a table.</summary>
    public const string AllTasks = "all tasks";

    // Half a digit of the mean and half a digit of each figure.
    private const double Rounding = 1e-4 + 1e-9;

    private static readonly string[] OfTable2 = ["nnU-Net", "Kim 2019", "C2FNAS", "DiNTS", "AdwU-Net"];
    private static readonly string[] TasksOfTable4 = ["Task01_BrainTumour", "Task02_Heart", "Task05_Prostate"];

    /// <summary>Test sets of the decathlon, scored by its leaderboard.</summary>
    public static IReadOnlyList<PaperDice> Table2 { get; } =
    [
        .. Classes("Task01_BrainTumour", [.6804, .6740, .6762, .6928, .6814], [.4681, .4575, .4860, .4865, .4717], [.6846, .6826, .6972, .6975, .6893], [.6110, .6047, .6198, .6256, .6141]),
        .. Classes("Task02_Heart", [.9330, .9311, .9249, .9299, .9334]),
        .. Classes("Task03_Liver", [.9575, .9425, .9498, .9535, .9519], [.7597, .7296, .7289, .7462, .7792], [.8586, .8361, .8394, .8499, .8656]),
        .. Classes("Task04_Hippocampus", [.8164, .9011, .8937, .8991, .9044], [.8869, .8872, .8796, .8841, .8894], [.8946, .8942, .8867, .8916, .8969]),
        .. Classes("Task05_Prostate", [.7659, .7264, .7488, .7537, .7438], [.8962, .8902, .8875, .8925, .8942], [.8311, .8083, .8182, .8231, .8190]),
        .. Classes("Task06_Lung", [.7397, .6310, .7044, .7475, .7602]),
        .. Classes("Task09_Spleen", [.9743, .9192, .9628, .9698, .9742]),
        .. Classes("Task07_Pancreas", [.8164, .8061, .8076, .8102, .8172], [.5278, .5175, .5441, .5535, .5544], [.6721, .6618, .6759, .6819, .6858]),
        .. Classes("Task08_HepaticVessel", [.6646, .6234, .6430, .6450, .6598], [.7178, .6863, .7100, .7176, .7226], [.6912, .6549, .6765, .6813, .6912]),
        .. Classes("Task10_Colon", [.5833, .4932, .5890, .5912, .5621]),
        .. Classes(AllTasks, [.7789, .7434, .7697, .7793, .7803]),
    ];

    /// <summary>Five folds of Task05_Prostate: mean and standard deviation over the cases. Class 1 is the peripheral zone, class 2 the transition zone.</summary>
    public static IReadOnlyList<PaperDice> Table3 { get; } =
    [
        .. Prostate("nnU-Net", (.6679, .2087), (.8410, .1477), (.7544, .1412)),
        .. Prostate("AdU-Net", (.6783, .2056), (.8486, .1331), (.7634, .1397)),
        .. Prostate("AwU-Net", (.6754, .2132), (.8501, .1205), (.7627, .1396)),
        .. Prostate("AdwU-Net", (.6882, .2018), (.8595, .0810), (.7738, .1179)),
    ];

    /// <summary>Five folds of three tasks.</summary>
    public static IReadOnlyList<PaperDice> Table4 { get; } =
    [
        .. Tasks("U-Net", .7250, .9070, .7313, .7877),
        .. Tasks("ResU-Net", .7161, .8960, .6377, .7500),
        .. Tasks("U-Net++", .7266, .9156, .7295, .7905),
        .. Tasks("nnU-Net", .7411, .9329, .7544, .8095),
        .. Tasks("RONASMIS", .7414, .9272, .7571, .8085),
        .. Tasks("UXNet", .7457, .9350, .7636, .8148),
        .. Tasks("AdwU-Net", .7467, .9356, .7738, .8187),
    ];

    /// <summary>Days of the search on one GPU (Table 4; V100), of the methods that search.</summary>
    public static IReadOnlyDictionary<string, double> SearchDays { get; } = new Dictionary<string, double> { ["RONASMIS"] = 3.1, ["UXNet"] = 3, ["AdwU-Net"] = 2 };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaperDice> All { get; } = [.. Table2, .. Table3, .. Table4];

    /// <summary>The printed mean Dice of a method on a task; null where the table does not have it.</summary>
    /// <param name="table">2, 3 or 4.</param>
    /// <param name="dataset">The task.</param>
    /// <param name="method">The method.</param>
    public static double? MeanDice(int table, string dataset, string method)
    {
        PaperDice[] figures = [.. All.Where(figure => (figure.Table, figure.Dataset, figure.Method) == (table, dataset, method))];
        return figures.FirstOrDefault(figure => figure.Class == Mean)?.Dice ?? figures.FirstOrDefault()?.Dice; // a task of one class has no mean
    }

    /// <summary>The printed means that the printed figures contradict: means over classes, and means over tasks.</summary>
    public static IReadOnlyList<PaperContradiction> Contradictions() =>
    [
        .. from mean in All
           let parts = mean.Dataset == AllTasks
               ? [.. All.Where(other => (other.Table, other.Method) == (mean.Table, mean.Method) && other.Dataset != AllTasks)
                   .Select(other => other.Dataset).Distinct().Select(task => MeanDice(mean.Table, task, mean.Method)!.Value)]
               : All.Where(other => (other.Table, other.Dataset, other.Method) == (mean.Table, mean.Dataset, mean.Method) && other.Class != Mean)
                   .Select(other => other.Dice).ToArray()
           where (mean.Class == Mean || mean.Dataset == AllTasks) && parts.Length > 0 && Math.Abs(parts.Average() - mean.Dice) > Rounding
           select new PaperContradiction(mean, parts.Average()),
    ];

    // The last row is the mean where there are several.
    private static IEnumerable<PaperDice> Classes(string dataset, params double[][] rows) =>
        from row in Enumerable.Range(0, rows.Length)
        from method in Enumerable.Range(0, OfTable2.Length)
        select new PaperDice(2, dataset, OfTable2[method], dataset == AllTasks || (row > 0 && row == rows.Length - 1) ? Mean : $"{row + 1}", rows[row][method]);

    private static IEnumerable<PaperDice> Prostate(string method, params (double Dice, double Spread)[] columns) =>
        columns.Select((column, i) => new PaperDice(3, "Task05_Prostate", method, i == columns.Length - 1 ? Mean : $"{i + 1}", column.Dice, column.Spread));

    private static IEnumerable<PaperDice> Tasks(string method, params double[] columns) =>
        columns.Select((dice, i) => new PaperDice(4, i < TasksOfTable4.Length ? TasksOfTable4[i] : AllTasks, method, Mean, dice));
}
