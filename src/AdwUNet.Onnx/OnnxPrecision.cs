namespace AdwUNet.Onnx;

/// <summary>The type of the weights and of the computation in an exported network. Its input and output are float32 in both.</summary>
public enum OnnxPrecision
{
    /// <summary>float32, as trained.</summary>
    Float32,

    /// <summary>float16: half the size, and faster on most GPUs.</summary>
    Float16,
}
