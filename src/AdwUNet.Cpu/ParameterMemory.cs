using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>Access to the memory of parameters and their gradients.</summary>
internal sealed unsafe class ParameterMemory
{
    private readonly HashSet<IntPtr> _written = [];

    /// <summary>Address of the values of a tensor.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, not float32, or not on the CPU.</exception>
    public static float* Floats(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            throw new InvalidOperationException($"Kernels take contiguous float32 tensors on the CPU, not {tensor.dtype} on {tensor.device}.");
        }

        fixed (byte* bytes = tensor.bytes)
        {
            return (float*)bytes; // native memory, which the garbage collector does not move
        }
    }

    /// <summary>The values of a tensor as an array.</summary>
    public static float[] ToArray(Tensor tensor) => new Span<float>(Floats(tensor), checked((int)tensor.numel())).ToArray();

    /// <summary>Address of the gradient of a parameter; allocates the gradient if there is none.</summary>
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

    /// <summary>Overwrites the gradient of a parameter that requires one.</summary>
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

    /// <summary>Sets the gradients that this pass did not write to 0: the loss does not depend on their parameters.</summary>
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
