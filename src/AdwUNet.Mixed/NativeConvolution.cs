using AdwUNet.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Mixed;

/// <summary>
/// The backward pass of a convolution without its forward pass, by <c>aoti_torch_*_convolution_backward</c> of libtorch's C interface. TorchSharp offers it
/// only as a part of autograd, which keeps the input of every convolution.
/// </summary>
internal static unsafe class NativeConvolution
{
    private static readonly Lazy<nint> OnCpu = new(() => LibtorchExports.Find("torch_cpu", "aoti_torch_cpu_convolution_backward"));
    private static readonly Lazy<nint> OnCuda = new(() => LibtorchExports.Find("torch_cuda", "aoti_torch_cuda_convolution_backward"));

    /// <summary>Whether this libtorch exports the function for a device.</summary>
    public static bool IsThere(DeviceType device) => Address(device) != 0;

    /// <summary>The gradients with respect to the input and the weights; null where not wanted.</summary>
    /// <exception cref="InvalidOperationException">libtorch refuses the tensors; it has written the reason to standard error.</exception>
    public static (Tensor? OfInput, Tensor? OfWeights) Backward(Tensor gradient, Tensor input, Tensor weights, in Geometry geometry, bool ofInput, bool ofWeights)
    {
        var function = (delegate* unmanaged[Cdecl]<nint, nint, nint, long**, long, long*, long, long*, long, long*, long, int, long*, long, long, int*, long, nint*, nint*, nint*, int>)
            Address(input.device_type);
        var stride = stackalloc long[] { geometry.Stride.Z, geometry.Stride.Y, geometry.Stride.X };
        var padding = stackalloc long[] { geometry.Padding.Z, geometry.Padding.Y, geometry.Padding.X };
        var one = stackalloc long[] { 1, 1, 1 };
        var zero = stackalloc long[] { 0, 0, 0 };
        var wanted = stackalloc int[] { ofInput ? 1 : 0, ofWeights ? 1 : 0, 0 };
        nint first, second, third;
        var error = function(
            gradient.Handle, input.Handle, weights.Handle, null, 0, stride, 3, padding, 3, one, 3, geometry.IsTransposed ? 1 : 0, zero, 3, 1, wanted, 3,
            &first, &second, &third);
        GC.KeepAlive(gradient);
        GC.KeepAlive(input);
        GC.KeepAlive(weights);
        if (error != 0)
        {
            throw new InvalidOperationException(
                $"libtorch could not compute the gradients of a convolution of {input.dtype} [{string.Join(", ", input.shape)}] with weights [{string.Join(", ", weights.shape)}] on {input.device}; its reason is on standard error.");
        }

        return (Take(first, ofInput), Take(second, ofWeights)) is var result && Take(third, false) is null ? result : default;
    }

    private static nint Address(DeviceType device) => device == DeviceType.CUDA ? OnCuda.Value : OnCpu.Value;

    // A handle of the C interface is the address of a tensor, as a handle of TorchSharp is.
    private static Tensor? Take(nint handle, bool keep)
    {
        if (handle == 0)
        {
            return null;
        }

        var tensor = Tensor.UnsafeCreateTensor(handle);
        if (keep)
        {
            return tensor;
        }

        tensor.Dispose();
        return null;
    }
}

/// <summary>How a convolution samples its input.</summary>
internal readonly record struct Geometry(Shape3 Stride, Shape3 Padding, bool IsTransposed);
