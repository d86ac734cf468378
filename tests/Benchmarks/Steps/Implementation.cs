using AdwUNet.Cpu;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>Who computes a step.</summary>
internal enum Implementation
{
    /// <summary>The plain transcription, in single precision.</summary>
    Plain,

    /// <summary>The library in single precision.</summary>
    Float32,

    /// <summary>The library in bfloat16.</summary>
    BFloat16,
}

/// <summary>What the library is asked for, and what this machine can do of it.</summary>
internal static class Implementations
{
    private static readonly CpuEngine Engine = new();

    /// <summary>Those that can be measured here.</summary>
    public static IReadOnlyList<Implementation> Here { get; } = Engine.Effective(Networks.Precision.BFloat16, CPU) == Networks.Precision.BFloat16
        ? [Implementation.Plain, Implementation.Float32, Implementation.BFloat16]
        : [Implementation.Plain, Implementation.Float32];

    /// <summary>The library's that <see cref="Networks.Precision.Auto"/> comes to here.</summary>
    public static Implementation Fastest { get; } =
        Engine.Effective(Networks.Precision.Auto, CPU) == Networks.Precision.BFloat16 ? Implementation.BFloat16 : Implementation.Float32;

    /// <summary>The name of the numbers that it multiplies.</summary>
    public static string Title(this Implementation implementation) => implementation == Implementation.BFloat16 ? "bfloat16" : "float32";

    /// <summary>The precision of an implementation that is the library's.</summary>
    public static Precision Precision(this Implementation implementation) =>
        implementation == Implementation.BFloat16 ? Networks.Precision.BFloat16 : Networks.Precision.Float32;
}

/// <summary>What is computed.</summary>
internal enum StepKind
{
    /// <summary>A step on the weights.</summary>
    Weight,

    /// <summary>A step on alphas and betas.</summary>
    Architecture,

    /// <summary>A step on the weights and on alphas and betas, by one backward pass.</summary>
    Joint,

    /// <summary>A search iteration as published: two architecture steps and a weight step.</summary>
    Iteration,

    /// <summary>A search iteration in which one backward pass serves alphas and weights: an architecture step and a joint one.</summary>
    JointIteration,

    /// <summary>A forward pass of the derived network without gradients.</summary>
    Forward,
}
