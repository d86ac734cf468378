using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Scheduling;

/// <summary>One worker process of a <see cref="WorkerPool"/>, which may be started again after its end.</summary>
/// <param name="command">Starts it.</param>
/// <param name="environment">What is added to its environment.</param>
internal sealed class WorkerProcess(WorkerCommand command, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private const int MostLines = 20;
    private readonly Queue<string> _errors = new();
    private Process? _process;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Its process id.</summary>
    public int Id => _process!.Id;

    /// <summary>Its exit code after its end.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>The last lines that it wrote to standard error.</summary>
    public string LastWords
    {
        get
        {
            lock (_errors)
            {
                return string.Join(' ', _errors).Trim();
            }
        }
    }

    /// <summary>Starts it.</summary>
    public void Start()
    {
        var start = command.Start();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process?.Dispose();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, _) => { }; // read, so that the worker does not wait; what it shows is for nobody
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Asks it to end after the current step, with a checkpoint.</summary>
    public void RequestStop()
    {
        if (!IsRunning)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            _process!.Kill(entireProcessTree: true); // there is no such request; the last checkpoint remains
            return;
        }

        try
        {
            Programs.Run("/bin/sh", "-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {Id}"));
        }
        catch (RunException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Waits for its end, and ends it at once after the given time.</summary>
    public void WaitForEnd(TimeSpan patience)
    {
        if (IsRunning && !_process!.WaitForExit(patience))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _process?.Dispose();

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_errors)
        {
            _errors.Enqueue(line.Trim());
            if (_errors.Count > MostLines)
            {
                _errors.Dequeue();
            }
        }
    }
}
