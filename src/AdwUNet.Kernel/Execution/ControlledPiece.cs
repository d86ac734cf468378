using System.Runtime;

namespace AdwUNet.Kernel.Execution;

/// <summary>A piece of a cell's code that runs on one thread and can be stopped in a loop or in a wait.</summary>
internal sealed class ControlledPiece
{
    private const int Running = 0;
    private const int Interrupting = 1;
    private const int Left = 2;

    private readonly Thread _thread = Thread.CurrentThread;
    private int _state;

    /// <summary>Runs code on this thread.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public void Run(Action code, CellStop stop)
    {
        try
        {
            // ControlledExecution is meant for hosts of scripts. Its warning, that an aborted thread may leave data in an invalid state, is
            // a risk that a user accepts by stopping a cell that does not use its token.
#pragma warning disable SYSLIB0046
            ControlledExecution.Run(code, stop.Aborted);
#pragma warning restore SYSLIB0046
        }
        finally
        {
            Leave(stop);
        }
    }

    /// <summary>Wakes the thread from a sleep or a wait, which an abort cannot end.</summary>
    public void InterruptWait()
    {
        if ((_thread.ThreadState & ThreadState.WaitSleepJoin) == 0
            || Interlocked.CompareExchange(ref _state, Interrupting, Running) != Running)
            return;
        _thread.Interrupt();
        Volatile.Write(ref _state, Running);
    }

    private void Leave(CellStop stop)
    {
        while (Interlocked.CompareExchange(ref _state, Left, Running) != Running)
            Thread.SpinWait(1);
        if (!stop.WhenAborted.IsCompleted)
            return;
        try
        {
            // The thread continues with other work, which must not receive an interrupt that came too late for this piece.
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
        }
    }
}
