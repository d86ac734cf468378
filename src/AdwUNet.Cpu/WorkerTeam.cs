using System.Runtime.ExceptionServices;

namespace AdwUNet.Cpu;

/// <summary>
/// Threads that compute the items of a step together. A step hands out work some two hundred times, with short gaps in between, so members look for
/// the next work for a while before they sleep; a loop of the thread pool has to wake its threads each time.
/// </summary>
internal static class WorkerTeam
{
    private const int LooksBeforeSleep = 2000, PauseOfLook = 5;
    private static readonly SemaphoreSlim Bell = new(0);
    private static volatile Work? s_work;
    private static int s_members, s_sleepers, s_isTaken;

    /// <summary>
    /// Calls the body for 0 to count − 1, in no particular order. The calling thread takes part; while the team works for another caller, it computes all items by itself.
    /// </summary>
    public static void Run(int threads, int count, Action<int> body)
    {
        var work = new Work(count, body, seats: threads - 1);
        if (Interlocked.CompareExchange(ref s_isTaken, 1, 0) != 0)
        {
            work.Share();
            work.Close();
            return;
        }

        try
        {
            Engage(threads - 1);
            s_work = work;
            if (Interlocked.Exchange(ref s_sleepers, 0) is > 0 and var sleepers)
            {
                Bell.Release(sleepers);
            }

            work.Share();
            s_work = null;
            work.Close();
        }
        finally
        {
            Volatile.Write(ref s_isTaken, 0);
        }
    }

    private static void Engage(int members)
    {
        for (; s_members < members; s_members++)
        {
            new Thread(Serve) { IsBackground = true, Name = $"AdwU-Net worker {s_members + 1}" }.UnsafeStart(); // without the caller's context
        }
    }

    private static void Serve()
    {
        for (Work? done = null; ;)
        {
            done = Next(done);
            if (done.Enter())
            {
                done.Share();
                done.Leave();
            }
        }
    }

    private static Work Next(Work? done)
    {
        while (true)
        {
            for (var look = 0; look < LooksBeforeSleep; look++)
            {
                if (s_work is { } work && work != done)
                {
                    return work;
                }

                Thread.SpinWait(PauseOfLook);
            }

            Sleep(done);
        }
    }

    private static void Sleep(Work? done)
    {
        Interlocked.Increment(ref s_sleepers);
        // There may be new work since the last look. If a caller has already counted this member as asleep, it has released a permit for it, which must be taken.
        if (s_work is null || s_work == done || !TryWake())
        {
            Bell.Wait();
        }
    }

    private static bool TryWake()
    {
        for (var sleepers = Volatile.Read(ref s_sleepers); sleepers > 0; sleepers = Volatile.Read(ref s_sleepers))
        {
            if (Interlocked.CompareExchange(ref s_sleepers, sleepers - 1, sleepers) == sleepers)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Items, which threads take one at a time, so that no thread waits long for unequal items or for a busy core.</summary>
    private sealed class Work(int count, Action<int> body, int seats)
    {
        private const int Closed = 1 << 30;
        private int _seats = seats, _inside, _next = -1;
        private Action<int>? _body = body;
        private ExceptionDispatchInfo? _error;

        /// <summary>Whether a member may take items: there is a seat for it, and the work isn't closed.</summary>
        public bool Enter()
        {
            if (Interlocked.Decrement(ref _seats) < 0)
            {
                return false;
            }

            if (Interlocked.Increment(ref _inside) < Closed)
            {
                return true;
            }

            Leave();
            return false;
        }

        public void Leave() => Interlocked.Decrement(ref _inside);

        public void Share()
        {
            try
            {
                for (var i = Interlocked.Increment(ref _next); i < count; i = Interlocked.Increment(ref _next))
                {
                    _body!(i);
                }
            }
            catch (Exception e)
            {
                _error = ExceptionDispatchInfo.Capture(e);
                Volatile.Write(ref _next, count);
            }
        }

        /// <summary>Waits for the members inside; none can enter afterwards.</summary>
        public void Close()
        {
            Interlocked.Add(ref _inside, Closed);
            for (var wait = default(SpinWait); Volatile.Read(ref _inside) > Closed;)
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }

            _body = null; // sleeping members remember their last work, but shall not keep its memory
            _error?.Throw();
        }
    }
}
