using AdwUNet.Architectures;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Planning;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>One case whose peak memory is measured in a process of its own.</summary>
/// <param name="Family">Which supernet; null for the derived network's forward pass.</param>
/// <param name="Who">Who computes.</param>
/// <param name="Kind">What.</param>
internal sealed record MemoryCase(Family? Family, Implementation Who, StepKind Kind)
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "memory";

    // The first step makes gradients and the optimiser's state, the second runs with them.
    private const int Steps = 2;

    /// <summary>The most memory that a process which does nothing else ever has, in bytes.</summary>
    public long Measure() => long.Parse(
        Child.Run(Command, Family?.ToString() ?? "-", Who.ToString(), Kind.ToString()), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the fresh process does: the case, then its peak as the last line.</summary>
    public static void RunHere(IReadOnlyList<string> arguments) => RunHere(
        arguments[0] == "-" ? null : SearchSpace.Published(Enum.Parse<Family>(arguments[0])),
        Hippocampus.Plan,
        Enum.Parse<Implementation>(arguments[1]),
        Enum.Parse<StepKind>(arguments[2]));

    /// <summary>The same for any space and plan.</summary>
    public static void RunHere(SearchSpace? space, Plan plan, Implementation who, StepKind kind)
    {
        if (space is null)
        {
            using var network = new Derived(who);
            Repeat(network.Forward);
        }
        else
        {
            using var search = SearchSteps.Create(who, plan, space);
            Repeat(() => search.Run(kind));
        }

        Console.WriteLine(ProcessMemory.Peak);
    }

    private static void Repeat(Action action)
    {
        for (var i = 0; i < Steps; i++)
        {
            action();
        }
    }
}
