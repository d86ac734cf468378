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

    [Fact]
    public void The_version_is_that_of_the_package() => Assert.Equal("2.10.0", TorchLibrary.Description);
}
