using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>Parameters and their gradients as memory that kernels read and write.</summary>
internal sealed unsafe class ParameterMemory
{
    private readonly HashSet<IntPtr> _written = [];

    /// <summary>A tensor's numbers.</summary>
    /// <exception cref="InvalidOperationException">They are no floats in order in the processor's memory.</exception>
    public static float* Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            throw new InvalidOperationException($"Kernels take contiguous float32 tensors on the CPU, not {tensor.dtype} on {tensor.device}.");
        }

        fixed (byte* bytes = tensor.bytes)
        {
            return (float*)bytes; // native memory, which stays where it is
        }
    }

    /// <summary>A tensor's numbers as an array.</summary>
    public static float[] ToArray(Tensor tensor) => new Span<float>(Floats(tensor), checked((int)tensor.numel())).ToArray();

    /// <summary>Where to write a parameter's gradient; made where there is none.</summary>
    public float* Gradient(Parameter parameter)
    {
        _written.Add(parameter.Handle);
        using var there = parameter.grad;
        if (there is not null)
        {
            return Floats(there);
        }

        using var made = zeros_like(parameter, requires_grad: false);
        parameter.grad = made;
        return Floats(made);
    }

    /// <summary>Writes a parameter's gradient.</summary>
    public void SetGradient(Parameter parameter, double[] values)
    {
        if (parameter.requires_grad)
        {
            var target = Gradient(parameter);
            for (var i = 0; i < values.Length; i++)
            {
                target[i] = (float)values[i];
            }
        }
    }

    /// <summary>Sets gradients to 0 that this pass did not write: those of parameters that the loss does not depend on.</summary>
    public void ClearOthers(IEnumerable<Parameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.requires_grad && !_written.Contains(parameter.Handle))
            {
                using var gradient = parameter.grad;
                gradient?.zero_();
            }
        }
    }
}
