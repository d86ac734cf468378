using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>Seconds of every kind of step, by family and implementation.</summary>
internal sealed class StepTimes
{
    private static readonly Implementation[] All = Enum.GetValues<Implementation>();

    private readonly Dictionary<(Family? Family, Implementation Who, StepKind Kind), Samples> _samples = [];

    /// <summary>The samples of a case; empty where it was not measured.</summary>
    public Samples this[Family? family, Implementation who, StepKind kind] =>
        _samples.TryGetValue((family, who, kind), out var samples) ? samples : _samples[(family, who, kind)] = new Samples();

    /// <summary>
    /// Steps of one family's supernet; the iteration as published is two architecture steps and a weight step, the joint one, which takes its
    /// turn beside them, an architecture step and a joint step.
    /// </summary>
    public void MeasureSearch(Family family, Rounds rounds, bool iterations)
    {
        var space = SearchSpace.Published(family);
        var contestants = All.Select(who => (Who: who, Steps: SearchSteps.Create(who, Hippocampus.Plan, space))).ToArray();
        StepKind[] order = iterations
            ? [StepKind.Architecture, StepKind.Architecture, StepKind.Weight]
            : [StepKind.Architecture, StepKind.Weight];
        var turns = contestants.Select(contestant => (Action)(() =>
        {
            var seconds = order.Sum(kind => Add(family, contestant.Who, kind, () => contestant.Steps.Run(kind)));
            if (iterations)
            {
                this[family, contestant.Who, StepKind.Iteration].Add(seconds);
            }
        }));
        var jointTurns = contestants.Where(contestant => iterations && contestant.Who == Implementation.BFloat16).Select(contestant => (Action)(() =>
        {
            var seconds = Rounds.Time(() => contestant.Steps.Run(StepKind.Architecture)) + Add(family, contestant.Who, StepKind.Joint, () => contestant.Steps.Run(StepKind.Joint));
            this[family, contestant.Who, StepKind.JointIteration].Add(seconds);
        }));
        rounds.Alternate([.. turns, .. jointTurns]);
        Array.ForEach(contestants, contestant => contestant.Steps.Dispose());
    }

    /// <summary>Forward passes of the derived network.</summary>
    public void MeasureForward(Rounds rounds)
    {
        var contestants = All.Select(who => (Who: who, Network: new Derived(who))).ToArray();
        rounds.Alternate([.. contestants.Select(contestant => (Action)(() => Add(null, contestant.Who, StepKind.Forward, contestant.Network.Forward)))]);
        Array.ForEach(contestants, contestant => contestant.Network.Dispose());
    }

    private double Add(Family? family, Implementation who, StepKind kind, Action action)
    {
        var seconds = Rounds.Time(action);
        this[family, who, kind].Add(seconds);
        return seconds;
    }
}
