using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>How libtorch computes on CUDA devices, for the whole process.</summary>
public sealed record CudaOptions
{
    /// <summary>The environment variable that allows TF32 when it is 1.</summary>
    public const string Tf32Variable = "ADWUNET_TF32";

    /// <summary>The environment variable that asks for deterministic algorithms when it is 1.</summary>
    public const string DeterministicVariable = "ADWUNET_DETERMINISTIC";

    // cuBLAS adds in a fixed order only with a workspace of its own for every stream (NVIDIA's documentation of cublasSetWorkspace).
    private const string CublasVariable = "CUBLAS_WORKSPACE_CONFIG";
    private const string CublasWorkspace = ":4096:8";

    /// <summary>
    /// Whether float32 products may be rounded to TF32, which has 10 bits of mantissa in the place of 23 (compute capability 8.0 and later). libtorch
    /// would allow it to cuDNN.
    /// </summary>
    public bool AllowTf32 { get; init; }

    /// <summary>
    /// Whether every step gives the same bytes when it is repeated on the same card: libtorch and cuDNN then use deterministic algorithms, which can be
    /// slower, and cuDNN does not measure which is fastest. The value of the cross-entropy itself, which libtorch sums in any order, may still differ
    /// in its last digits; its gradient does not.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>The options that <see cref="Tf32Variable"/> and <see cref="DeterministicVariable"/> ask for.</summary>
    public static CudaOptions FromEnvironment() => new() { AllowTf32 = IsSet(Tf32Variable), Deterministic = IsSet(DeterministicVariable) };

    /// <summary>What libtorch is set to now.</summary>
    internal static CudaOptions InEffect => new()
    {
        AllowTf32 = backends.cuda.matmul.allow_tf32 || backends.cudnn.allow_tf32,
        Deterministic = LibtorchContext.Deterministic,
    };

    /// <summary>Sets libtorch. <see cref="Devices.Parse(string, CudaOptions?)"/> does it for every CUDA device.</summary>
    /// <exception cref="DeviceException">Deterministic algorithms were asked for on a system where libtorch cannot be set to them.</exception>
    public void Apply()
    {
        if (Deterministic && !LibtorchContext.IsAvailable)
        {
            throw new DeviceException($"Deterministic algorithms were requested ({DeterministicVariable}), which this library can set on Linux only; leave the option out.");
        }

        backends.cuda.matmul.allow_tf32 = AllowTf32;
        backends.cudnn.allow_tf32 = AllowTf32;
        LibtorchContext.Deterministic = Deterministic;
        LibtorchContext.CudnnBenchmark = !Deterministic;
        if (Deterministic)
        {
            LibtorchContext.SetVariable(CublasVariable, CublasWorkspace);
        }
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) == "1";
}
