using System.Runtime.CompilerServices;
using AdwUNet.Kernel.Execution;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;

namespace AdwUNet.Kernel.CellApi;

/// <summary>
/// The <see cref="KernelInvocationContext"/> of a running cell: its token is cancelled when the cell is asked to stop, and events that
/// are published there appear below the cell.
/// </summary>
internal sealed class CellInvocation : IDisposable, IObserver<KernelEvent>
{
    private readonly RunningCell _cell = RunningCell.Required;
    private readonly KernelInvocationContext _context;
    private readonly IDisposable _subscription;
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Makes the context the current one of the caller.</summary>
    public CellInvocation(CellKernel kernel, string code)
    {
        _context = KernelInvocationContext.GetOrCreateAmbientContext(new SubmitCode(code, kernel.Name));
        SetHandlingKernel(_context, kernel);
        _subscription = _context.KernelEvents.Subscribe(this);
        _registration = _cell.Stop.Asked.UnsafeRegister(_ => TryCancel(_context), null);
    }

    public void Dispose()
    {
        _registration.Dispose();
        _subscription.Dispose();
        _context.Dispose();
    }

    public void OnNext(KernelEvent value)
    {
        switch (value)
        {
            case DisplayedValueUpdated updated:
                CellDisplays.Update(updated.Value, updated.FormattedValues, updated.ValueId);
                break;
            case DisplayedValueProduced produced:
                CellDisplays.Show(_cell, produced.Value, produced.FormattedValues, produced.ValueId);
                break;
            case StandardOutputValueProduced printed:
                _cell.Output.Stream(StreamName.Stdout, string.Concat(printed.FormattedValues.Select(form => form.Value)));
                break;
            case StandardErrorValueProduced printed:
                _cell.Output.Stream(StreamName.Stderr, string.Concat(printed.FormattedValues.Select(form => form.Value)));
                break;
            case ErrorProduced error:
                _cell.Output.Stream(StreamName.Stderr, error.Message + "\n");
                break;
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_HandlingKernel")]
    private static extern void SetHandlingKernel(KernelInvocationContext context, Microsoft.DotNet.Interactive.Kernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "TryCancel")]
    private static extern void TryCancel(KernelInvocationContext context);
}
