using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Kernel.Processes;

/// <summary>
/// Ends the processes that cells have started, and their descendants, when this process ends. Once a second this process lists them and sends the
/// list to a shell. The shell ends them if this process cannot, such as when it is killed. (Linux only, because other systems have no
/// <c>/proc</c>.)
/// </summary>
internal sealed class ChildProcesses : IDisposable
{
    private const string Tasks = "/proc/self/task";

    /// <summary>
    /// Each line is the latest list of process ids, each with the start time of its process. The shell's input ends when this process ends. The
    /// start time protects a process that got the id of one that has ended.
    /// </summary>
    private const string GuardScript = """
        trap '' INT TERM HUP
        while read -r line; do list=$line; done
        for one in $list; do
            read -r stat 2>/dev/null </proc/${one%:*}/stat || continue
            set -- ${stat##*)}
            [ "${20}" = "${one#*:}" ] && kill -KILL ${one%:*} 2>/dev/null
        done
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<LinuxProcess> _known = [];
    private readonly Timer? _timer;
    private Process? _guard;
    private bool _hasEnded;

    private ChildProcesses()
    {
        if (!Directory.Exists(Tasks))
            return;
        _timer = new Timer(_ => Look(), null, Interval, Interval);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>Starts to watch for children.</summary>
    public static ChildProcesses Watch() => new();

    /// <summary>Ends the children that run now.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_hasEnded || _timer is null)
                return;
            Refresh();
            foreach (var process in _known)
                process.Kill();
        }
    }

    /// <summary>Ends the children and the watch.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        _timer?.Dispose();
        lock (_lock)
        {
            End();
            _hasEnded = true;
            _guard?.Kill();
            _guard?.Dispose();
            _guard = null;
        }
    }

    private void OnExit(object? sender, EventArgs e) => Dispose();

    private void Look()
    {
        lock (_lock)
        {
            if (!_hasEnded && Refresh())
                Tell();
        }
    }

    /// <summary>Finds new descendants and forgets those that have ended. A descendant whose parent has ended stays known.</summary>
    /// <returns>Whether anything has changed.</returns>
    private bool Refresh()
    {
        var before = _known.Count;
        var ended = _known.RemoveWhere(process => !process.IsThere);
        var open = new Stack<LinuxProcess>(LinuxProcess.ChildrenOf("self").Where(process => process.Id != _guard?.Id));
        foreach (var process in _known)
            open.Push(process);
        var seen = new HashSet<LinuxProcess>();
        while (open.TryPop(out var process))
        {
            if (!seen.Add(process))
                continue;
            _known.Add(process);
            foreach (var child in LinuxProcess.ChildrenOf(process.Id.ToString(CultureInfo.InvariantCulture)))
                open.Push(child);
        }

        return ended > 0 || _known.Count != before;
    }

    private void Tell()
    {
        try
        {
            _guard ??= Process.Start(new ProcessStartInfo("/bin/sh", ["-c", GuardScript]) { RedirectStandardInput = true });
            _guard!.StandardInput.WriteLine(string.Join(' ', _known.Select(process => string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{process.Start}"))));
            _guard.StandardInput.Flush();
        }
        catch (Exception exception) when (exception is IOException or System.ComponentModel.Win32Exception)
        {
            // Without a shell, the children end only when this process ends normally.
        }
    }
}
