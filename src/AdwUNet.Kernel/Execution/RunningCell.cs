namespace AdwUNet.Kernel.Execution;

/// <summary>A running cell: the receiver of its outputs, its source of input, and its cancellation.</summary>
/// <param name="output">The receiver of the outputs.</param>
/// <param name="input">The front end that asks for input; null for the console of the process.</param>
/// <param name="stop">The cancellation.</param>
/// <param name="name">The name in tracebacks.</param>
/// <param name="count">The number of the execution.</param>
internal sealed class RunningCell(OrderedOutput output, ICellInput? input, CellStop stop, string name, int count)
{
    private static readonly AsyncLocal<RunningCell?> Own = new();
    private static RunningCell? s_latest;

    /// <summary>
    /// The cell of the caller, also on threads and tasks that the cell started. For a thread without that context, the cell
    /// that runs now. Null outside of any cell.
    /// </summary>
    public static RunningCell? Current => Own.Value ?? Volatile.Read(ref s_latest);

    /// <summary>The same, for code that runs only in a cell.</summary>
    /// <exception cref="InvalidOperationException">No cell is running.</exception>
    public static RunningCell Required => Current ?? throw new InvalidOperationException("No notebook cell is running.");

    /// <summary>The receiver of the outputs.</summary>
    public OrderedOutput Output => output;

    /// <summary>The cancellation of the cell.</summary>
    public CellStop Stop => stop;

    /// <summary>The cell's name in tracebacks.</summary>
    public string Name => name;

    /// <summary>The cell's number.</summary>
    public int Count => count;

    /// <summary>Whether the front end asks for input, rather than the console of the process.</summary>
    public bool TakesInput => input is not null;

    /// <summary>Asks for a line of text.</summary>
    public string ReadLine(string prompt, bool isPassword)
    {
        // A prompt that the cell printed must appear before the input field.
        output.Flush();
        return input!.ReadLine(prompt, isPassword, stop.Asked);
    }

    /// <summary>Shows data below the cell.</summary>
    public void Show(MimeBundle data) => output.Display(data, Guid.NewGuid().ToString("N"));

    /// <summary>Makes this the running cell of the caller, until the result is disposed.</summary>
    public IDisposable Enter()
    {
        var previous = Volatile.Read(ref s_latest);
        Own.Value = this;
        Volatile.Write(ref s_latest, this);
        return new Exit(this, previous);
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
