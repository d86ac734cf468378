using System.Runtime.Intrinsics;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AdwUNet.Networks;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The properties of a machine that affect the last digits of its results.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="VectorBits">The width of its vector registers in bits.</param>
/// <param name="Threads">Number of libtorch threads, which determines the order of sums.</param>
/// <param name="Device">The device of the run.</param>
/// <param name="Arithmetic">The effective precision, and what computes.</param>
/// <param name="Declined">Why no engine computes; null where one does.</param>
/// <param name="Libtorch">The version of libtorch, and where it is if <c>ADWUNET_LIBTORCH</c> names it.</param>
internal sealed record RunMachine(string Processor, int VectorBits, int Threads, string Device, string Arithmetic, string? Declined, string Libtorch)
{
    /// <summary>The card, its driver, CUDA and cuDNN; null on a CPU.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CudaCard? Card { get; init; }

    public static RunMachine This(Device device, Arithmetic arithmetic) => new(
        Processors.Name, Bits(), get_num_threads(), device.ToString(), arithmetic.ToString(), arithmetic.Declined, TorchLibrary.Description)
    {
        Card = CudaCard.Of(device),
    };

    /// <summary>Sets the number of libtorch threads of this process to that of a run, if the machine has enough processors.</summary>
    /// <param name="machine">The machine in the run's configuration.</param>
    public static void UseThreadsOf(JsonNode? machine)
    {
        if (machine?.AsObject()["threads"] is JsonValue value && value.TryGetValue(out int threads) && threads > 0 && threads <= Environment.ProcessorCount)
        {
            set_num_threads(threads);
        }
    }

    /// <summary>The arithmetic in a configuration. A configuration without this entry is of an older version and gets that version's only arithmetic.</summary>
    /// <param name="machine">The machine in the configuration.</param>
    public static string ArithmeticOf(JsonNode? machine) =>
        machine is JsonObject fields && fields["arithmetic"] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : Networks.Arithmetic.Libtorch().ToString();

    private static int Bits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
}
