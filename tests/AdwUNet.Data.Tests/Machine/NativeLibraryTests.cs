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
}
