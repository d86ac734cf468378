using System.Globalization;
using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Steps;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Growth;

/// <summary>One size of a supernet and its patch, of which a fresh process measures a weight step in the fastest precision.</summary>
/// <param name="Size">The size in words.</param>
/// <param name="Scale">The size as a number.</param>
/// <param name="BaseWidth">Channels of the first stage; the widest has eight times as many.</param>
/// <param name="MaxDepth">Convolutions of a block.</param>
/// <param name="Patch">Voxels.</param>
internal sealed record GrowthPoint(string Size, double Scale, int BaseWidth, int MaxDepth, Shape3 Patch)
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "growth";

    private const int Steps = 5;

    /// <summary>Seconds of a step.</summary>
    public double Seconds { get; private set; }

    /// <summary>Bytes by which the process grew at most.</summary>
    public double Bytes { get; private set; }

    /// <summary>What the cost model says of it.</summary>
    public NetworkCost Cost => NetworkCost.Of(Space, Plan);

    private SearchSpace Space => SearchSpace.Published(Family.AdwUNet) with { BaseWidth = BaseWidth, MaxWidth = 8 * BaseWidth, MaxDepth = MaxDepth };

    private Plan Plan => Hippocampus.Plan with { PatchSize = Patch };

    /// <summary>Measures it in a process of its own.</summary>
    public void Measure()
    {
        int[] numbers = [BaseWidth, MaxDepth, .. Patch.ToArray()];
        var answer = Child.Run([Command, .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]).Split(' ');
        (Seconds, Bytes) = (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    /// <summary>What the fresh process does: a few steps, then seconds and bytes as the last line.</summary>
    public static void RunHere(IReadOnlyList<string> arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var point = new GrowthPoint("", 0, numbers[0], numbers[1], Shape3.From(numbers[2..]));
        OneDnnCaches.Mend();
        var before = ProcessMemory.Now;
        using var search = SearchSteps.Create(Implementations.Fastest, point.Plan, point.Space);
        search.Run(StepKind.Weight);
        var seconds = new Samples();
        for (var i = 0; i < Steps; i++)
        {
            seconds.Add(Rounds.Time(() => search.Run(StepKind.Weight)));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds.Median} {ProcessMemory.Peak - before}"));
    }
}
