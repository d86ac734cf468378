using TorchSharp;

namespace AdwUNet;

/// <summary>
/// Numbers for tensor operations of every step, kept for the life of the process. TorchSharp makes a <see cref="Scalar"/> of each number and passes
/// only its address to native code, so that the garbage collector can free it while native code still reads it. Operators such as a + b make one, too.
/// </summary>
internal static class Scalars
{
    /// <summary>1, also the factor of an addend.</summary>
    public static readonly Scalar One = 1;

    /// <summary>2.</summary>
    public static readonly Scalar Two = 2;

    /// <summary>0.5.</summary>
    public static readonly Scalar Half = 0.5;
}
