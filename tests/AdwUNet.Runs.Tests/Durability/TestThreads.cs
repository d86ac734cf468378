using System.Runtime.CompilerServices;
using TorchSharp;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Tensors in tests are small and tests run side by side: more than one torch thread a test only makes them wait.</summary>
internal static class TestThreads
{
    [ModuleInitializer]
    internal static void UseOne()
    {
        if (!Child.IsWithoutTorch)
        {
            TorchLibrary.Enable();
            torch.set_num_threads(1);
        }
    }
}
