namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The thread on which a session's cells run, one and the same for all: what code sets for its thread (libraries keep modes there) holds for
/// the cells that follow.
/// </summary>
internal sealed class CellThread : IDisposable
{
    private readonly object _monitor = new();
    private Action? _work;
    private bool _isBusy;
    private bool _isDisposed;

    public CellThread() => new Thread(Loop) { Name = "cells", IsBackground = true }.Start();

    /// <summary>Lets the thread do some work at once, or, where it is busy, does nothing: no work ever waits behind other work.</summary>
    public bool TryRun(Action work)
    {
        lock (_monitor)
        {
            if (_isBusy || _isDisposed)
                return false;
            _isBusy = true;
            _work = work;
            Monitor.Pulse(_monitor);
            return true;
        }
    }

    /// <summary>Lets the thread end after the work that it does.</summary>
    public void Dispose()
    {
        lock (_monitor)
        {
            _isDisposed = true;
            Monitor.Pulse(_monitor);
        }
    }

    private void Loop()
    {
        while (true)
        {
            Action work;
            lock (_monitor)
            {
                while (_work is null && !_isDisposed)
                    Monitor.Wait(_monitor);
                if (_work is null)
                    return;
                (work, _work) = (_work, null);
            }

            work();
            lock (_monitor)
                _isBusy = false;
        }
    }
}
