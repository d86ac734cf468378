using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>A running kernel, for tests that may share one.</summary>
public sealed class ReadyKernel(InstalledKernel installed) : IDisposable
{
    /// <summary>The kernel.</summary>
    public KernelProcess Process { get; } = KernelProcess.StartReady(installed.Spec);

    /// <inheritdoc/>
    public void Dispose() => Process.Dispose();
}
