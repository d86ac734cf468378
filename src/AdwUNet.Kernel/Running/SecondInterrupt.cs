using System.Runtime.InteropServices;

namespace AdwUNet.Kernel.Running;

/// <summary>Ends the program at once when it is asked to stop a second time, by Ctrl-C or the system's request to terminate.</summary>
internal sealed partial class SecondInterrupt : IDisposable
{
    /// <summary>The exit code of a program that did not let its cell finish: that of one that is killed.</summary>
    public const int EndedAtOnce = 137;

    private readonly PosixSignalRegistration[] _registrations;
    private readonly ProgressReport _progress;
    private int _count;

    /// <summary>Begins to count.</summary>
    /// <param name="progress">Where it is said.</param>
    public SecondInterrupt(ProgressReport progress)
    {
        _progress = progress;
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Count))];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void Count(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.Increment(ref _count) < 2)
            return;
        _progress.Error("Ended at once; what was last saved is there.");
        // Not in order: what the cell computes in native code would be taken apart under its hands, and may take its time.
        if (OperatingSystem.IsWindows())
            Environment.Exit(EndedAtOnce);
        else
            Exit(EndedAtOnce);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
