using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>Part 1: loads everything and names it.</summary>
internal static class DevicePart
{
    public const string Title = "Device and libraries";

    public static void Run(CheckReport report, Device device)
    {
        // cuDNN loads at its first convolution; only then it can be asked for its version.
        using (NewDisposeScope())
        {
            nn.functional.conv3d(zeros([1, 1, 4, 4, 4], device: device), zeros([1, 1, 3, 3, 3], device: device));
        }

        var (count, missing) = NativeEntryPoints.Resolve();
        var card = CudaCard.Of(device);
        List<string> lines =
        [
            $"Device: {device}",
            $"System: {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} cores",
            $"libtorch {TorchLibrary.Description}",
            $"Native functions: {count} declared, {(missing.Count == 0 ? "all there" : $"missing: {string.Join(", ", missing)}")}",
        ];
        if (card is not null)
        {
            var (free, total) = CudaCard.Memory(device);
            lines.Add($"Card: {card.Name}, compute capability {card.ComputeCapability}, {total / 1e9:0.0} GB, {free / 1e9:0.0} GB free");
            lines.Add($"Driver {card.Driver ?? "unknown"}, CUDA {card.Cuda ?? "unknown"}, cuDNN {card.Cudnn ?? "unknown"}");
            lines.Add($"TF32 {(card.Options.AllowTf32 ? "allowed" : "off")}, deterministic algorithms {(card.Options.Deterministic ? "on" : "off")}");
        }

        lines.ForEach(Console.WriteLine);
        report.Section(Title, text => text.List(lines));
        if (missing.Count > 0)
        {
            report.Fault($"libtorch lacks {string.Join(", ", missing)}.");
        }
    }
}
