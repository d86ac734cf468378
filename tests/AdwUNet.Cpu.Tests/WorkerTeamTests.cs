namespace AdwUNet.Cpu.Tests;

/// <summary>The threads that compute a step's items.</summary>
public sealed class WorkerTeamTests
{
    private const int Threads = 4, Count = 50;

    [Fact]
    public void Each_of_many_works_is_done_once()
    {
        for (var round = 0; round < 2000; round++)
        {
            var calls = new int[Count];
            WorkerTeam.Run(Threads, Count, i =>
            {
                Interlocked.Increment(ref calls[i]);
                Thread.SpinWait(20);
            });
            Assert.All(calls, call => Assert.Equal(1, call));
        }
    }

    [Fact]
    public void Callers_at_once_and_callers_inside_get_all_of_their_items()
    {
        var calls = new int[8 * Count * Count];
        Parallel.For(0, 8, caller => WorkerTeam.Run(Threads, Count, outer =>
            WorkerTeam.Run(Threads, Count, inner => Interlocked.Increment(ref calls[(((caller * Count) + outer) * Count) + inner]))));
        Assert.All(calls, call => Assert.Equal(1, call));
    }

    [Fact]
    public void The_error_of_an_item_reaches_the_caller_and_the_team_goes_on()
    {
        for (var round = 0; round < 20; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() =>
                WorkerTeam.Run(Threads, Count, i => _ = i == Count / 2 ? throw new InvalidOperationException("item") : i));
            Assert.Equal("item", error.Message);
        }

        var calls = 0;
        WorkerTeam.Run(Threads, Count, _ => Interlocked.Increment(ref calls));
        Assert.Equal(Count, calls);
    }

    [Fact]
    public void Members_that_sleep_wake_up_and_each_of_several_threads_takes_items()
    {
        for (var round = 0; round < 3; round++)
        {
            Thread.Sleep(100); // far longer than they look for work
            using var together = new Barrier(Threads);
            // Each item waits for the others: one thread alone would never end.
            WorkerTeam.Run(Threads, Threads, _ => Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)));
        }
    }
}
