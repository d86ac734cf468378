using AdwUNet.Kernel.Execution;

namespace Microsoft.DotNet.Interactive;

/// <summary>The cell that is running: where its displays go, and whether it is asked to stop.</summary>
public sealed class KernelInvocationContext
{
    private static readonly AsyncLocal<KernelInvocationContext?> OwnContext = new();
    private static KernelInvocationContext? s_latest;

    private readonly OrderedOutput _output;
    private readonly ICellInput? _input;
    private readonly CellStop _stop;

    private KernelInvocationContext(OrderedOutput output, ICellInput? input, CellStop stop)
    {
        _output = output;
        _input = input;
        _stop = stop;
    }

    /// <summary>
    /// The cell that called, also from threads and tasks that it started; for a thread that lost its origin, the cell
    /// that runs now. Null outside of any cell, where no cell's code can ask: cells need not, and are not warned to, check it.
    /// </summary>
    public static KernelInvocationContext Current => Running!;

    /// <summary>
    /// Cancelled when the person at the notebook interrupts the cell (Ctrl-C in `adw run`). A cell that asks for this token is
    /// given half a minute to finish its step then; one that never does is stopped at once.
    /// </summary>
    public CancellationToken CancellationToken => _stop.Observe();

    /// <summary>The same for code that may run outside of any cell.</summary>
    internal static KernelInvocationContext? Running => OwnContext.Value ?? Volatile.Read(ref s_latest);

    internal static KernelInvocationContext Required =>
        Running ?? throw new InvalidOperationException("Nothing can be displayed: no notebook cell is running.");

    internal ICellOutput Output => _output;

    internal CellStop Stop => _stop;

    internal bool TakesInput => _input is not null;

    /// <summary>Shows a value below the cell.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">The forms wanted; none means what the value's type prefers.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
    public DisplayedValue Display(object? value, params string[] mimeTypes)
    {
        var bundle = MimeBundle.Of(value, mimeTypes);
        var id = Guid.NewGuid().ToString("N");
        _output.Display(bundle, id);
        return new DisplayedValue(id, bundle.Types, this);
    }

    /// <summary>Shows a text that already is of the given MIME type.</summary>
    /// <param name="value">The text.</param>
    /// <param name="mimeType">Its MIME type.</param>
    /// <param name="additionalMimeTypes">Further MIME types under which the same text is right.</param>
    /// <returns>A handle by which the display can be replaced later.</returns>
    public DisplayedValue DisplayAs(string value, string mimeType, params string[] additionalMimeTypes)
    {
        var bundle = MimeBundle.OfText(value, [mimeType, .. additionalMimeTypes]);
        var id = Guid.NewGuid().ToString("N");
        _output.Display(bundle, id);
        return new DisplayedValue(id, bundle.Types, this);
    }

    /// <summary>Removes what the cell has put out so far.</summary>
    /// <param name="wait">Whether it stays until the next output comes, which then takes its place without a flicker.</param>
    public void ClearOutput(bool wait = false) => _output.Clear(wait);

    internal string ReadLine(string prompt, bool isPassword)
    {
        // What was printed as a prompt stands above the question.
        _output.Flush();
        return _input!.ReadLine(prompt, isPassword, _stop.Asked);
    }

    internal static IDisposable Enter(OrderedOutput output, ICellInput? input, CellStop stop)
    {
        var previous = Volatile.Read(ref s_latest);
        var context = new KernelInvocationContext(output, input, stop);
        OwnContext.Value = context;
        Volatile.Write(ref s_latest, context);
        return new Exit(context, previous);
    }

    private sealed class Exit(KernelInvocationContext context, KernelInvocationContext? previous) : IDisposable
    {
        public void Dispose()
        {
            OwnContext.Value = null;
            Interlocked.CompareExchange(ref s_latest, previous, context);
        }
    }
}
