using System.Runtime.InteropServices;
using TorchSharp;

namespace AdwUNet.Data.Tests.Machine;

public class NativeLibraryTests
{
    [Fact]
    public void TorchSharp_loads_its_native_library()
    {
        using var sum = torch.arange(4).sum();
        Assert.Equal(6, sum.item<long>());
    }

    [Fact]
    public void Every_native_function_that_is_declared_is_there()
    {
        var (count, missing) = NativeEntryPoints.Resolve();
        Assert.InRange(count, 1000, int.MaxValue);
        Assert.Empty(missing);
    }

    /// <summary>.NET keeps to itself what it sets, so the value is read as native code reads it.</summary>
    [Fact]
    public void The_threads_of_libtorch_soon_leave_the_cores_to_the_engines()
    {
        const string variable = "GOMP_SPINCOUNT";
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux's libtorch has GNU OpenMP");
        TorchLibrary.Enable();
        Assert.Equal(Environment.GetEnvironmentVariable(variable) ?? "30000", NativeVariable(variable));
    }

    [Fact]
    public void The_version_is_that_of_the_package() => Assert.Equal("2.10.0", TorchLibrary.Description);

    private static string? NativeVariable(string name)
    {
        var getenv = Marshal.GetDelegateForFunctionPointer<GetVariable>(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv"));
        return Marshal.PtrToStringUTF8(getenv(name));
    }

    private delegate nint GetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
