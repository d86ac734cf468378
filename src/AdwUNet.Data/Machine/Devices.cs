
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>The place to compute on, by name.</summary>
public static class Devices
{
    /// <summary>Parses <c>auto</c> (CUDA where there is one, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <param name="name">One of these.</param>
    /// <param name="cuda">How to compute on a CUDA device; what the environment variables say (<see cref="CudaOptions.FromEnvironment"/>) when null.</param>
    /// <exception cref="DeviceException">The name is another, the device is not there, or it computes wrongly.</exception>
    public static Device Parse(string name, CudaOptions? cuda = null)
    {
        var device = Find(name);
        if (device.type == TorchSharp.DeviceType.CUDA)
        {
            (cuda ?? CudaOptions.FromEnvironment()).Apply();
        }

        return device;
    }

    private static Device Find(string name)
    {
        OneDnnCaches.Mend();
        switch (name)
        {
            case "cpu":
                return CPU;
            case "auto":
                return cuda.is_available() ? CUDA : CPU;
        }

        var parts = name.Split(':');
        var index = 0;
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out index)))
        {
            throw new DeviceException($"There is no device '{name}'; choose auto, cpu, cuda or cuda:N.");
        }

        if (!cuda.is_available())
        {
            throw new DeviceException(
                $"The device '{name}' was requested, but this build has no CUDA: build with -p:TorchBackend=cuda on a machine with an "
                + "NVIDIA GPU, or choose device 'cpu'.");
        }

        if (index < 0 || index >= cuda.device_count())
        {
            throw new DeviceException($"The device '{name}' was requested, but there are {cuda.device_count()} CUDA devices, numbered from 0; choose one of them, or 'cpu'.");
        }

        return new Device(TorchSharp.DeviceType.CUDA, index);
    }
}

/// <summary>A device that is not there.</summary>
public sealed class DeviceException(string message) : AdwUNetException(message);
