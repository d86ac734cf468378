using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Detects that the front end which started this kernel has ended, so that the kernel ends too. A kernel that was
/// started manually has no such front end and continues.
/// </summary>
internal static partial class ParentWatch
{
    /// <summary>Jupyter sets this variable to the id of the process that started the kernel; on Windows, to a handle of it.</summary>
    private const string Variable = "JPY_PARENT_PID";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Starts to watch.</summary>
    /// <param name="gone">Called when the front end has ended.</param>
    /// <returns>Disposing it ends the watch; null if there is no front end to watch.</returns>
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
        // A process whose parent has ended gets another parent. A script may be between the two processes, and containers have their own process ids.
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
