using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Sampling;

/// <summary>How a sliding window uses a device: patches per forward pass, and where image and sums lie.</summary>
/// <param name="BatchSize">Patches per forward pass.</param>
/// <param name="Home">The device of the image, of the sum of the probabilities and of the tiles' weights.</param>
/// <param name="Device">The device of the network.</param>
internal readonly record struct TilePlacement(int BatchSize, Device Home, Device Device)
{
    /// <summary>On a CPU more gain nothing (see PredictionOptions.BatchSize).</summary>
    public const int OnCpu = 2;

    // More patches than this do not make a card faster: each of them fills it.
    private const int Most = 32;

    // The estimate errs, and memory lies in pieces.
    private const double Usable = 0.8;

    // Image and sums of a larger share of the card leave too little for the network.
    private const double LargestShare = 0.5;

    /// <summary>Chooses for a device.</summary>
    /// <param name="device">Where the network computes.</param>
    /// <param name="wanted">The wished number of patches; as many as fit when null.</param>
    /// <param name="mapBytes">Image, sums and weights.</param>
    /// <param name="patchBytes">A forward pass on one patch; 0 where it is not known.</param>
    public static TilePlacement Of(Device device, int? wanted, double mapBytes, double patchBytes) => device.type == DeviceType.CUDA
        ? Of(device, wanted, mapBytes, patchBytes, CudaCard.Memory(device).Free)
        : new(wanted ?? OnCpu, device, device);

    /// <summary>The same with this many free bytes on the device.</summary>
    public static TilePlacement Of(Device device, int? wanted, double mapBytes, double patchBytes, double free)
    {
        var isOnHost = mapBytes > LargestShare * free;
        var left = (Usable * free) - (isOnHost ? 0 : mapBytes);
        return new(wanted ?? (patchBytes > 0 ? (int)Math.Clamp(left / patchBytes, 1, Most) : OnCpu), isOnHost ? CPU : device, device);
    }
}
