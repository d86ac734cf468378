using AdwUNet.Kernel.Execution;

namespace Microsoft.DotNet.Interactive;

/// <summary>The cell that is running: where its displays go, and whether it is asked to stop.</summary>
public sealed class KernelInvocationContext
{
    private static readonly AsyncLocal<KernelInvocationContext?> OwnContext = new();
    private static KernelInvocationContext? s_latest;

    private readonly ICellOutput _output;

    private KernelInvocationContext(ICellOutput output, CancellationToken cancellationToken)
    {
        _output = output;
        CancellationToken = cancellationToken;
    }

    /// <summary>
    /// The cell that called, also from threads and tasks that it started; for a thread that lost its origin, the cell
    /// that runs now. Null outside of any cell.
    /// </summary>
    public static KernelInvocationContext? Current => OwnContext.Value ?? Volatile.Read(ref s_latest);

    /// <summary>Cancelled when the person at the notebook interrupts the cell (Ctrl-C in `adw run`).</summary>
    public CancellationToken CancellationToken { get; }

    internal static KernelInvocationContext Required =>
        Current ?? throw new InvalidOperationException("Nothing can be displayed: no notebook cell is running.");

    internal ICellOutput Output => _output;

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

    internal static IDisposable Enter(ICellOutput output, CancellationToken cancellationToken)
    {
        var previous = Volatile.Read(ref s_latest);
        var context = new KernelInvocationContext(output, cancellationToken);
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
