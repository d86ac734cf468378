using System.Diagnostics;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Steps;

namespace AdwUNet.Benchmarks.Small;

/// <summary>Seconds at the widths of a laptop, by case, kind and contestant.</summary>
internal sealed class SmallTimes
{
    /// <summary>Repeats one step, for a profiler: the start of a case's name, a kind, seconds, a contestant.</summary>
    public const string Command = "repeat";

    private const int WarmUp = 2;
    private readonly Dictionary<(SmallCase Case, SmallKind Kind, SmallContestant Who), Samples> _samples = [];

    public bool IsEmpty => _samples.Count == 0;

    /// <summary>The contestants of this machine.</summary>
    public static IReadOnlyList<SmallContestant> Contestants { get; } =
    [
        .. Enum.GetValues<SmallContestant>().Where(who => who switch
        {
            SmallContestant.PlainBFloat16 => Implementations.Here.Contains(Implementation.BFloat16),
            SmallContestant.PyTorch => PyTorchProcess.Version is not null,
            _ => true,
        }),
    ];

    /// <summary>The samples of a contestant; empty where it was not measured.</summary>
    public Samples this[SmallCase one, SmallKind kind, SmallContestant who] =>
        _samples.TryGetValue((one, kind, who), out var samples) ? samples : _samples[(one, kind, who)] = new Samples();

    /// <summary>Measures every case.</summary>
    /// <param name="rounds">Of one case.</param>
    public void MeasureAll(Rounds rounds)
    {
        foreach (var one in SmallCase.All)
        {
            var works = Contestants.Select(who => (Who: who, Work: SmallWork.Create(one, who))).ToArray();
            new Rounds(WarmUp, WarmUp, 0).Alternate([.. works.Select(work => (Action)(() => One(work.Work, one, (_, _) => { })))]);
            rounds.Alternate([.. works.Select(work => (Action)(() => One(work.Work, one, (kind, seconds) => this[one, kind, work.Who].Add(seconds))))]);
            Array.ForEach(works, work => work.Work.Dispose());
        }
    }

    /// <summary>What <see cref="Command"/> does; prints the median.</summary>
    public static void RepeatHere(string name, SmallKind kind, double seconds, SmallContestant who)
    {
        using var work = SmallWork.Create(SmallCase.Of(name, kind), who);
        var samples = new Samples();
        work.Run(kind);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            samples.Add(work.Run(kind));
        }

        Console.WriteLine($"{Row.Seconds(samples)}, fastest {Row.Seconds(samples.Least)}");
    }

    private static void One(SmallWork work, SmallCase one, Action<SmallKind, double> add)
    {
        foreach (var kind in one.Kinds)
        {
            add(kind, work.Run(kind));
        }
    }
}
