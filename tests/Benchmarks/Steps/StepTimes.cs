using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>Seconds of every kind of step, by family and implementation.</summary>
internal sealed class StepTimes
{
    private readonly Dictionary<(Family? Family, Implementation Who, StepKind Kind), Samples> _samples = [];

    /// <summary>The samples of a case; empty where it was not measured.</summary>
    public Samples this[Family? family, Implementation who, StepKind kind] =>
        _samples.TryGetValue((family, who, kind), out var samples) ? samples : _samples[(family, who, kind)] = new Samples();

    /// <summary>
    /// Steps of one family's supernet. An iteration as published takes the time of two architecture steps and a weight step, a joint one that of
    /// an architecture step and a joint step; that is asked of the fastest alone.
    /// </summary>
    public void MeasureSearch(Family family, Rounds rounds, bool joint)
    {
        var space = SearchSpace.Published(family);
        var contestants = Implementations.Here.Select(who => (Who: who, Steps: SearchSteps.Create(who, Hippocampus.Plan, space))).ToArray();
        rounds.Alternate([.. contestants.Select(contestant => (Action)(() =>
        {
            var (who, steps) = contestant;
            var architecture = Add(family, who, StepKind.Architecture, () => steps.Run(StepKind.Architecture));
            var weight = Add(family, who, StepKind.Weight, () => steps.Run(StepKind.Weight));
            this[family, who, StepKind.Iteration].Add((2 * architecture) + weight);
            if (joint && who == Implementations.Fastest)
            {
                this[family, who, StepKind.JointIteration].Add(architecture + Add(family, who, StepKind.Joint, () => steps.Run(StepKind.Joint)));
            }
        }))]);
        Array.ForEach(contestants, contestant => contestant.Steps.Dispose());
    }

    /// <summary>Forward passes of the derived network.</summary>
    public void MeasureForward(Rounds rounds)
    {
        var contestants = Implementations.Here.Select(who => (Who: who, Network: new Derived(who))).ToArray();
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
