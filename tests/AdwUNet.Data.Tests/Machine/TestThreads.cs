using System.Runtime.CompilerServices;
using TorchSharp;

namespace AdwUNet.Data.Tests.Machine;

/// <summary>One torch thread: tensors in tests are small, so more threads only make each other wait.</summary>
internal static class TestThreads
{
    // The order of module initializers is the compiler's, so the loader is enabled here too.
    [ModuleInitializer]
    internal static void UseOne()
    {
        TorchLibrary.Enable();
        torch.set_num_threads(1);
    }
}
