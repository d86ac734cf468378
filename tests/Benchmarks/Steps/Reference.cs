using AdwUNet.Architectures;

namespace AdwUNet.Benchmarks.Steps;

/// <summary>
/// Given figures: the authors' PyTorch code in single precision, measured on a 2-core AVX512-BF16 machine with Hippocampus's plan,
/// patch 40×56×40, batch 2. They are not measured here, so on another machine only the transcription's column says something.
/// </summary>
internal static class Reference
{
    public const string Source = "the authors' PyTorch code (float32), measured on a 2-core AVX512-BF16 machine";

    /// <summary>Operations a second of the fastest bfloat16 matrix product on the same machine.</summary>
    public const double MatrixProducts = 875e9;

    /// <summary>Seconds, or null where none are known.</summary>
    public static double? Seconds(Family? family, StepKind kind) => (family, kind) switch
    {
        (Family.AdwUNet, StepKind.Weight) => 5.2,
        (Family.AdwUNet, StepKind.Architecture) => 4.0,
        (Family.AwUNet, StepKind.Weight) => 3.8,
        (Family.AwUNet, StepKind.Architecture) => 2.7,
        (Family.AdUNet, StepKind.Weight) => 2.1,
        (Family.AdUNet, StepKind.Architecture) => 1.1,
        (Family.AdwUNet, StepKind.Iteration or StepKind.JointIteration) => 13.2,
        (null, StepKind.Forward) => 0.91,
        _ => null,
    };

    /// <summary>Peak of the whole process in bytes, or null where none is known.</summary>
    public static double? Bytes(Family? family, StepKind kind) => (family, kind) switch
    {
        (Family.AdwUNet, StepKind.Weight) => 1.65e9,
        (Family.AdwUNet, StepKind.Architecture) => 1.78e9,
        _ => null,
    };
}
