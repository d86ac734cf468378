using System.Collections.Concurrent;
using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Search;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>
/// The seconds of a forward pass on one batch, as the sum over the layers of a table that was measured on this machine. Between two measured numbers of
/// channels the table is interpolated linearly. A layer is measured alone, so that a whole network may differ by some percent.
/// </summary>
public sealed record MeasuredSeconds : CostModel
{
    private const string CacheFile = "seconds.json";

    // Both powers of 2 and those between.
    private static readonly int[] Ladder = [1, .. Enumerable.Range(1, 12).SelectMany(i => new[] { 1 << i, 3 << (i - 1) })];

    private readonly ConcurrentDictionary<(LayerSite, int, int), double> _known = [];

    /// <summary>Processor, threads, precision and what computes.</summary>
    public required string Machine { get; init; }

    /// <summary>Seconds by layer, such as <c>further 3×3×3 / 1×1×1 to 2 of 40×56×40, 12 to 24</c>.</summary>
    public required IReadOnlyDictionary<string, double> Table { get; init; }

    /// <summary>Measures the layers of all networks of a space, or reads them from a file where they were measured before on the same machine.</summary>
    /// <param name="plan">Patch, batch and kernels.</param>
    /// <param name="space">The search space.</param>
    /// <param name="precision">The wanted precision of the forward pass.</param>
    /// <param name="cache">The file; one in the user's folder of application data when null.</param>
    /// <exception cref="RunException">The file is damaged.</exception>
    /// <exception cref="StorageException">The file cannot be written.</exception>
    public static MeasuredSeconds On(Plan plan, SearchSpace space, Precision precision = Precision.Auto, string? cache = null)
    {
        var arithmetic = LayerClock.ArithmeticOf(precision);
        var machine = $"{Processors.Name}, {get_num_threads()} {(get_num_threads() == 1 ? "thread" : "threads")}, {arithmetic}";
        cache ??= Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "adwunet", CacheFile);
        var all = File.Exists(cache)
            ? JsonFile.Load<Dictionary<string, Dictionary<string, double>>>(cache, (message, error) => new RunException(message, error))
            : [];
        var before = all.GetValueOrDefault(machine) ?? [];
        var table = Nodes(plan, space).DistinctBy(Key).ToDictionary(
            Key, node => before.TryGetValue(Key(node), out var seconds) ? seconds : LayerClock.Seconds(node.Site, node.Input, node.Output, arithmetic));
        if (table.Keys.Any(key => !before.ContainsKey(key)))
        {
            foreach (var (key, seconds) in table) before[key] = seconds;
            all[machine] = before;
            JsonFile.Save(cache, all);
        }

        return new() { Machine = machine, Table = table };
    }

    /// <inheritdoc/>
    public override double Of(Architecture architecture, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        var sum = 0.0;
        var widths = architecture.Widths;
        foreach (var (b, block) in BlockSites.All(plan).Index())
        {
            var (own, skip) = (widths[b], Skip(b, plan.PoolCount));
            sum += At(block.First, skip is null ? (b == 0 ? plan.Modalities.Count : widths[b - 1][^1]) : 2 * widths[skip.Value][^1], own[0]);
            sum += own.Zip(own.Skip(1), (from, to) => At(block.Further, from, to)).Sum() + At(block.Output, 1, own[^1]);
            if (skip is { } level) sum += At(block.Up!, widths[b - 1][^1], widths[level][^1]) + At(block.Logits!, own[^1], plan.OutputCount);
        }

        return sum;
    }

    /// <inheritdoc/>
    public override Tensor Expected(Supernet supernet)
    {
        // Each layer lies between two different choices, so that its mean is over the products of their shares.
        ArgumentNullException.ThrowIfNull(supernet);
        using var scope = NewDisposeScope();
        var plan = supernet.Plan;
        var one = (Options: (IReadOnlyList<int>)[1], Shares: ones(1, float64));
        var outputs = new List<(IReadOnlyList<int> Options, Tensor Shares)>();
        var sum = zeros(1, float64);
        foreach (var (b, (block, site)) in supernet.Blocks.Zip(BlockSites.All(plan)).Index())
        {
            var skip = Skip(b, plan.PoolCount) is { } level ? outputs[level] : (one.Options, null!);
            var below = b == 0 ? (Options: [plan.Modalities.Count], one.Shares) : outputs[^1];
            var depths = Shares(block.Betas, block.Units.Count);
            var units = block.Units.Select(unit => (Options: unit.WidthOptions, Shares: Shares(unit.Alphas, unit.WidthOptions.Count))).ToArray();
            sum += Mean(site.First, site.Up is null ? below : ([.. skip.Options.Select(width => 2 * width)], skip.Shares), units[0]);
            for (var i = 1; i < units.Length; i++) sum += depths[i..].sum() * Mean(site.Further, units[i - 1], units[i]);
            outputs.Add((units[0].Options, units.Select((unit, i) => depths[i] * unit.Shares).Aggregate((a, c) => a + c)));
            sum += Mean(site.Output, one, outputs[^1]);
            if (site.Up is not null) sum += Mean(site.Up, below, skip) + Mean(site.Logits!, outputs[^1], ([plan.OutputCount], one.Shares));
        }

        return sum.squeeze().MoveToOuterDisposeScope();

        // Without a choice, the last option.
        Tensor Shares(Parameter? logits, int count)
        {
            if (logits is null) return cat([zeros(count - 1, float64), ones(1, float64)]);
            var weights = supernet.Choice.Relaxation.Weights(logits.cpu().to(float64), null, supernet.Choice.Temperature);
            return weights / weights.sum();
        }

        Tensor Mean(LayerSite site, (IReadOnlyList<int> Options, Tensor Shares) from, (IReadOnlyList<int> Options, Tensor Shares) to)
        {
            var seconds = tensor(from.Options.SelectMany(_ => to.Options, (input, output) => At(site, input, output)).ToArray(), [from.Options.Count, to.Options.Count], float64);
            return (from.Shares.unsqueeze(1) * seconds * to.Shares).sum().unsqueeze(0);
        }
    }

    /// <summary>A table of given seconds instead of measured ones, for all networks of a space.</summary>
    internal static MeasuredSeconds Given(Plan plan, SearchSpace space, Func<LayerSite, int, int, double> seconds) => new()
    {
        Machine = "given",
        Table = Nodes(plan, space).DistinctBy(Key).ToDictionary(Key, node => seconds(node.Site, node.Input, node.Output)),
    };

    /// <summary>The seconds of one layer.</summary>
    /// <exception cref="RunException">The table has none of such a layer.</exception>
    internal double At(LayerSite site, int input, int output) => _known.GetOrAdd((site, input, output), layer => (
        from i in Neighbours(layer.Item2)
        from o in Neighbours(layer.Item3)
        select i.Share * o.Share * (Table.TryGetValue(Key((site, i.Width, o.Width)), out var seconds)
            ? seconds
            : throw new RunException($"The table of seconds has no layer '{Key((site, i.Width, o.Width))}'; measure it with the plan and the space of the search."))).Sum());

    private static string Key((LayerSite Site, int Input, int Output) node) => $"{node.Site}, {node.Input} to {node.Output}";

    // The encoder block beside a decoder block.
    private static int? Skip(int block, int poolCount) => block > poolCount ? (2 * poolCount) - block : null;

    /// <summary>The measured numbers of channels on both sides of a number, with their shares.</summary>
    private static (int Width, double Share)[] Neighbours(int width)
    {
        var place = Array.BinarySearch(Ladder, width);
        if (place >= 0) return [(width, 1)];
        var (low, high) = (Ladder[~place - 1], Ladder[~place]);
        var share = (double)(width - low) / (high - low);
        return [(low, 1 - share), (high, share)];
    }

    private static IEnumerable<(LayerSite Site, int Input, int Output)> Nodes(Plan plan, SearchSpace space)
    {
        var options = space.BlockWidths(plan.PoolCount).Select(space.WidthOptions).ToArray();
        foreach (var (b, block) in BlockSites.All(plan).Index())
        {
            var skip = Skip(b, plan.PoolCount) is { } level ? options[level] : null;
            var below = b == 0 ? [plan.Modalities.Count] : options[b - 1];
            (LayerSite Site, IEnumerable<int> Inputs, IEnumerable<int> Outputs)[] layers =
            [
                (block.First, skip?.Select(width => 2 * width) ?? below, options[b]), (block.Further, options[b], options[b]), (block.Output, [1], options[b]),
                .. skip is null ? [] : new (LayerSite, IEnumerable<int>, IEnumerable<int>)[] { (block.Up!, below, skip), (block.Logits!, options[b], [plan.OutputCount]) },
            ];
            foreach (var node in layers.SelectMany(layer => Range(layer.Inputs), (layer, input) => (layer, input))
                .SelectMany(pair => Range(pair.layer.Outputs), (pair, output) => (pair.layer.Site, pair.input, output)))
            {
                yield return node;
            }
        }
    }

    // All measured numbers of channels from the least to the largest option.
    private static IEnumerable<int> Range(IEnumerable<int> options)
    {
        var (least, most) = (Neighbours(options.Min())[0].Width, Neighbours(options.Max())[^1].Width);
        return Ladder.Where(width => width >= least && width <= most);
    }
}

/// <summary>Budgets in seconds.</summary>
public static class SecondsBudget
{
    extension(Budget)
    {
        /// <summary>Limits the seconds of a forward pass on one batch.</summary>
        /// <param name="limit">Seconds.</param>
        /// <param name="seconds">The table.</param>
        public static Budget Seconds(double limit, MeasuredSeconds seconds) => Budget.Of(seconds, limit);
    }
}
