using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Tests.Jupyter;

/// <summary>A kernel that was started as front ends do it, and a connection to it. Killed at the end, if it still runs.</summary>
public sealed class KernelProcess : IDisposable
{
    /// <summary>.NET Interactive takes half a minute on a machine that does much else.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _interruptMode;
    private readonly string _folder;
    private readonly List<string> _printed = [];

    private KernelProcess(KernelSpec spec, string? workingFolder)
    {
        _folder = Directory.CreateTempSubdirectory("adwunet-kernel-").FullName;
        _interruptMode = spec.InterruptMode;
        Connection = new Connection();
        ConnectionFile = Path.Combine(_folder, "connection.json");
        Connection.Write(ConnectionFile);
        var line = spec.CommandLine(ConnectionFile);
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            WorkingDirectory = workingFolder ?? _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["JPY_PARENT_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        Client = new KernelClient(Connection);
        Clock = Stopwatch.StartNew();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where its sockets are.</summary>
    public Connection Connection { get; }

    /// <summary>The connection file.</summary>
    public string ConnectionFile { get; }

    /// <summary>The front end of the kernel.</summary>
    public KernelClient Client { get; }

    /// <summary>The time since just before the process was started.</summary>
    public Stopwatch Clock { get; }

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it is gone.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code, once it is gone.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to its own console, which no user sees.</summary>
    public string Console
    {
        get
        {
            lock (_printed)
                return string.Join('\n', _printed);
        }
    }

    /// <summary>What it has computed so far, on all processors: other than the time, hardly more on a machine that does much else.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Bytes of memory that it holds now (Linux only).</summary>
    public long ResidentMemory => StatusOf(Id, "VmRSS");

    /// <summary>The most bytes of memory that it ever held (Linux only).</summary>
    public long PeakMemory => StatusOf(Id, "VmHWM");

    /// <summary>Starts a kernel.</summary>
    /// <param name="spec">How.</param>
    /// <param name="workingFolder">The folder of the notebook; a fresh one by default.</param>
    public static KernelProcess Start(KernelSpec spec, string? workingFolder = null) => new(spec, workingFolder);

    /// <summary>Starts a kernel and waits until it answers.</summary>
    public static KernelProcess StartReady(KernelSpec spec, string? workingFolder = null)
    {
        var kernel = new KernelProcess(spec, workingFolder);
        try
        {
            kernel.Client.WaitUntilReady(StartPatience);
            return kernel;
        }
        catch (TimeoutException exception)
        {
            var printed = kernel.Console;
            kernel.Dispose();
            throw new TimeoutException($"The kernel did not get ready. Its console says: {printed}", exception);
        }
    }

    /// <summary>Interrupts the running cell in the way that the kernel asks for.</summary>
    public void Interrupt()
    {
        if (_interruptMode == "message")
        {
            Client.SendControl("interrupt_request");
            return;
        }

        using var kill = Process.Start("kill", ["-INT", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the process to end.</summary>
    public bool WaitForExit(TimeSpan patience) => _process.WaitForExit(patience);

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            if (!_process.WaitForExit(KernelClient.Patience)) throw new TimeoutException($"The kernel (process {Id}) was killed and is there still.");
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_printed)
            _printed.Add(line);
    }

    private static long StatusOf(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
