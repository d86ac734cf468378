using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Interactive;

/// <summary>The running cell: the receiver of its outputs, its source of input, and its cancellation.</summary>
internal sealed class RunningCell
{
    private static readonly AsyncLocal<RunningCell?> Own = new();
    private static RunningCell? s_latest;

    private readonly ICellInput? _input;

    private RunningCell(OrderedOutput output, ICellInput? input, CellStop stop, string name, int count)
    {
        Output = output;
        _input = input;
        Stop = stop;
        Name = name;
        Count = count;
    }

    /// <summary>
    /// The cell of the caller, also on threads and tasks that the cell started. For a thread without that context, the cell
    /// that runs now. Null outside of any cell.
    /// </summary>
    public static RunningCell? Current => Own.Value ?? Volatile.Read(ref s_latest);

    /// <summary>The same, for code that runs only in a cell.</summary>
    /// <exception cref="InvalidOperationException">No cell is running.</exception>
    public static RunningCell Required => Current ?? throw new InvalidOperationException("No notebook cell is running.");

    /// <summary>The receiver of the outputs.</summary>
    public OrderedOutput Output { get; }

    /// <summary>The cancellation of the cell.</summary>
    public CellStop Stop { get; }

    /// <summary>The cell's name in tracebacks.</summary>
    public string Name { get; }

    /// <summary>The cell's number.</summary>
    public int Count { get; }

    /// <summary>Whether the front end asks for input, rather than the console of the process.</summary>
    public bool TakesInput => _input is not null;

    /// <summary>Asks for a line of text.</summary>
    public string ReadLine(string prompt, bool isPassword)
    {
        // A prompt that the cell printed must appear before the input field.
        Output.Flush();
        return _input!.ReadLine(prompt, isPassword, Stop.Asked);
    }

    /// <summary>Makes a cell the running cell until the result is disposed.</summary>
    public static IDisposable Enter(OrderedOutput output, ICellInput? input, CellStop stop, string name, int count)
    {
        var previous = Volatile.Read(ref s_latest);
        var cell = new RunningCell(output, input, stop, name, count);
        Own.Value = cell;
        Volatile.Write(ref s_latest, cell);
        return new Exit(cell, previous);
    }

    private sealed class Exit(RunningCell cell, RunningCell? previous) : IDisposable
    {
        public void Dispose()
        {
            Own.Value = null;
            Interlocked.CompareExchange(ref s_latest, previous, cell);
        }
    }
}
