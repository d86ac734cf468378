using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet.Data.Tests.Machine;

/// <summary>libtorch keeps these settings for CUDA in a library without CUDA, too.</summary>
public sealed class CudaOptionsTests : IDisposable
{
    [Fact]
    public void CuBLAS_finds_the_workspace_that_makes_it_deterministic()
    {
        Assert.SkipUnless(LibtorchContext.IsAvailable, "libtorch can be set to deterministic algorithms on Linux.");
        new CudaOptions { Deterministic = true }.Apply();
        var find = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv");
        var value = Marshal.GetDelegateForFunctionPointer<GetVariable>(find)("CUBLAS_WORKSPACE_CONFIG");
        Assert.Equal(Environment.GetEnvironmentVariable("CUBLAS_WORKSPACE_CONFIG") ?? ":4096:8", Marshal.PtrToStringUTF8(value));
    }

    public void Dispose() => new CudaOptions().Apply();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TF32_is_allowed_only_where_it_is_asked_for(bool asked)
    {
        (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32) = (!asked, !asked);
        new CudaOptions { AllowTf32 = asked }.Apply();
        Assert.Equal((asked, asked), (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32));
        Assert.Equal(asked, CudaOptions.InEffect.AllowTf32);
    }

    [Fact]
    public void Deterministic_algorithms_reach_libtorch_and_cudnn_measures_none()
    {
        Assert.SkipUnless(LibtorchContext.IsAvailable, "libtorch can be set to deterministic algorithms on Linux.");
        new CudaOptions().Apply();
        Assert.Equal((false, true), (LibtorchContext.Deterministic, LibtorchContext.CudnnBenchmark));
        new CudaOptions { Deterministic = true }.Apply();
        Assert.Equal((true, false), (LibtorchContext.Deterministic, LibtorchContext.CudnnBenchmark));
        Assert.Equal(new CudaOptions { Deterministic = true }, CudaOptions.InEffect);
    }

    [Theory]
    [InlineData(12080, "12.8")]
    [InlineData(11010, "11.1")]
    public void CUDAs_version_in_words(long version, string words) => Assert.Equal(words, CudaCard.CudaWords(version));

    [Theory]
    [InlineData(90701, "9.7.1")]
    [InlineData(91002, "9.10.2")]
    [InlineData(8902, "8.9.2")]
    public void CuDNNs_version_in_words(long version, string words) => Assert.Equal(words, CudaCard.CudnnWords(version));

    [Fact]
    public void A_cpu_has_no_card() => Assert.Null(CudaCard.Of(torch.CPU));

    private delegate nint GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
