namespace AdwUNet.Onnx;

/// <summary>A network that cannot be exported.</summary>
public sealed class OnnxExportException(string message) : AdwUNetException(message);
