using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Notices that the front end which started this kernel is no more, so that the kernel does not outlive it. A kernel that a person
/// starts by hand has no such front end and stays.
/// </summary>
internal static partial class ParentWatch
{
    /// <summary>Jupyter tells its kernels by this which process started them; on Windows, by a handle of it.</summary>
    private const string Variable = "JPY_PARENT_PID";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Begins to watch.</summary>
    /// <param name="gone">Called once the front end is gone.</param>
    /// <returns>What ends the watch; null where there is nobody to watch.</returns>
    public static IDisposable? Start(Action gone)
    {
        if (!long.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var parent) || parent <= 0)
            return null;
        return OperatingSystem.IsWindows() ? WatchHandle((nint)parent, gone) : WatchProcess((int)parent, gone);
    }

    private static ManualResetEvent WatchHandle(nint handle, Action gone)
    {
        var ended = new ManualResetEvent(false) { SafeWaitHandle = new SafeWaitHandle(handle, ownsHandle: false) };
        ThreadPool.RegisterWaitForSingleObject(ended, (_, _) => gone(), null, Timeout.InfiniteTimeSpan, executeOnlyOnce: true);
        return ended;
    }

    private static Timer WatchProcess(int parent, Action gone)
    {
        // Whoever loses its parent gets another one. A script may stand between the two, and containers may have numbers of their own.
        var direct = GetParent();
        var isVisible = Exists(parent);
        return new Timer(
            _ =>
            {
                if (GetParent() != direct || (isVisible && !Exists(parent)))
                    gone();
            },
            null, Interval, Interval);
    }

    private static bool Exists(int process)
    {
        const int noSuchProcess = 3;
        const int justAsking = 0;
        return Kill(process, justAsking) == 0 || Marshal.GetLastPInvokeError() != noSuchProcess;
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
