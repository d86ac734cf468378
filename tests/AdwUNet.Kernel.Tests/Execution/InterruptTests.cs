using System.Diagnostics;
using System.Globalization;
using System.Text;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Execution;

public sealed class InterruptTests : IDisposable
{
    /// <summary>In which a cell must stop that is not to get the grace.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    /// <summary>For what would else be waited for without end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly Session _session;

    public InterruptTests() => _session = new Session(_folder.Root) { Grace = TimeSpan.FromMinutes(2) };

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    /// <summary>Runs a cell that prints "begun", interrupts it then, and waits for its end.</summary>
    private Task<(CellOutcome Outcome, Recorder Output, TimeSpan Time)> Interrupt(string code, int times = 1) =>
        Interrupt(code, new Recorder(), output => output.Printed.Contains("begun", StringComparison.Ordinal), times);

    private async Task<(CellOutcome Outcome, T Output, TimeSpan Time)> Interrupt<T>(string code, T output, Func<T, bool> hasBegun, int times = 1)
        where T : ICellOutput
    {
        var running = _session.ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        while (!hasBegun(output) && !running.IsCompleted)
        {
            Assert.True(clock.Elapsed < Patience, "The cell does not begin.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(running.IsCompleted, running.IsCompleted ? (await running).Error?.Message : "");
        clock.Restart();
        for (var i = 0; i < times; i++)
            _session.Interrupt();
        return (await EndOf(running), output, clock.Elapsed);
    }

    private Task<CellOutcome> Execute(string code, ICellOutput output) =>
        EndOf(_session.ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken));

    private static async Task<CellOutcome> EndOf(Task<CellOutcome> running)
    {
        try
        {
            return await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The cell did not end within {Patience.TotalSeconds:0} s.");
        }
    }

    private async Task<string> ValueOf(string code)
    {
        var output = new Recorder();
        await Execute(code, output);
        Assert.True(output.Value is not null, string.Join('\n', output.Log));
        return output.Value.Forms[MimeBundle.Plain];
    }

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("for (var i = 0; ; i++) ;")]
    [InlineData("do { } while (true);")]
    [InlineData("again: goto again;")]
    [InlineData("foreach (var n in Forever()) { }\nIEnumerable<int> Forever() { while (true) yield return 1; }")]
    [InlineData("await Task.Run(() => { while (true) ; });")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await Task.Delay(1); while (true) { }")]
    [InlineData("await Task.Delay(1).ContinueWith(_ => { }); System.Threading.Thread.Sleep(-1);")]
    [InlineData("while (true) await Task.Delay(1);")]
    [InlineData("while (true) { try { System.Threading.Thread.Sleep(1); } catch (Exception) { } }")]
    [InlineData("new System.Threading.ManualResetEventSlim().Wait();")]
    [InlineData("Task.Delay(-1).Wait();")]
    [InlineData("async Task F() { await Task.Delay(1); while (true) { } }\nF().Wait();")]
    [InlineData("class Endless { public override string ToString() { while (true) { } } }\nMicrosoft.DotNet.Interactive.Formatting.Formatter.Register<Endless>(e => e.ToString(), \"text/plain\"); display(new Endless());")]
    public async Task A_cell_that_does_not_heed_the_token_is_stopped_and_the_session_lives_on(string code)
    {
        var (outcome, _, time) = await Interrupt("var kept = 3; Console.WriteLine(\"begun\");\n" + code);
        Assert.Equal(CellStatus.Cancelled, outcome.Status);
        Assert.Equal("The cell was stopped.", outcome.Error!.Message);
        Assert.InRange(time, TimeSpan.Zero, Soon);
        Assert.Equal("4", await ValueOf("kept + 1"));
    }

    [Fact]
    public async Task A_value_whose_formatting_never_ends_can_be_stopped()
    {
        await Execute(
            "using Microsoft.DotNet.Interactive.Formatting;\nclass Endless { }\nFormatter.Register<Endless>(e => { Console.WriteLine(\"begun\"); while (true) { } }, \"text/plain\");",
            new Recorder());
        Assert.Equal(CellStatus.Cancelled, (await Interrupt("new Endless()")).Outcome.Status);
    }

    [Fact]
    public async Task A_cell_that_looks_at_the_token_finishes_its_step()
    {
        var (outcome, output, _) = await Interrupt("""
            using Microsoft.DotNet.Interactive;
            var token = KernelInvocationContext.Current.CancellationToken;
            Console.WriteLine("begun");
            while (!token.IsCancellationRequested) System.Threading.Thread.Sleep(10);
            System.Threading.Thread.Sleep(1500);
            Console.WriteLine("written");
            token.ThrowIfCancellationRequested();
            """);
        Assert.Equal(CellStatus.Cancelled, outcome.Status);
        Assert.EndsWith("written\n", output.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_looks_at_the_token_through_an_earlier_cell_finishes_its_step()
    {
        await Execute("using Microsoft.DotNet.Interactive;\nbool GoesOn() => !KernelInvocationContext.Current.CancellationToken.IsCancellationRequested;", new Recorder());
        await Execute("bool GoesOnStill() => GoesOn();", new Recorder());
        var (_, output, _) = await Interrupt("""
            Console.WriteLine("begun");
            while (GoesOnStill()) System.Threading.Thread.Sleep(10);
            System.Threading.Thread.Sleep(1500);
            Console.WriteLine("written");
            """);
        Assert.EndsWith("written\n", output.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_interrupt_stops_a_cell_that_uses_the_token()
    {
        var (outcome, _, time) = await Interrupt(
            "using Microsoft.DotNet.Interactive; var token = KernelInvocationContext.Current.CancellationToken; Console.WriteLine(\"begun\"); while (true) { }", times: 2);
        Assert.Equal(CellStatus.Cancelled, outcome.Status);
        Assert.InRange(time, TimeSpan.Zero, Soon);
    }

    [Fact]
    public async Task A_cell_that_prints_all_the_time_is_stopped_and_printing_goes_on_after_it()
    {
        for (var i = 0; i < 5; i++)
        {
            var (outcome, output, time) = await Interrupt(
                "for (var i = 0; ; i++) Console.WriteLine(i);", new Text(), output => output.Length > 0);
            Assert.Equal(CellStatus.Cancelled, outcome.Status);
            Assert.InRange(time, TimeSpan.Zero, Soon);
            var lines = output.ToString().Split('\n');
            for (var n = 0; n < lines.Length - 1; n++)
                Assert.Equal(n.ToString(CultureInfo.InvariantCulture), lines[n]);
            var after = new Recorder();
            await Execute("Console.Write(\"a\"); Console.Error.Write(\"b\"); display(\"c\");", after);
            Assert.Equal(["out: a", "err: b", "display: c"], after.Log);
        }
    }

    [Fact]
    public async Task Many_cells_in_a_row_can_be_stopped()
    {
        await Execute("int Endless(int k) { while (true) k++; }", new Recorder());
        for (var i = 0; i < 20; i++)
            Assert.Equal(CellStatus.Cancelled, (await Interrupt("Console.WriteLine(\"begun\"); Endless(1);")).Outcome.Status);
        Assert.Equal("2", await ValueOf("1 + 1"));
    }

    [Fact]
    public async Task Endless_recursion_is_an_error_of_the_cell()
    {
        var outcome = await Execute(
            "int Down(int n) => Down(n + 1) + 1;\nDown(0)", new Recorder());
        Assert.Equal("InsufficientExecutionStackException", outcome.Error?.Name);
    }

    [Fact]
    public async Task Errors_and_places_are_those_of_the_code_as_it_was_written()
    {
        var output = new Recorder();
        await Execute("for (var i = 0; i < 3; i++)\n    Console.WriteLine(nothing);", output);
        Assert.EndsWith("line 2: error CS0103: The name 'nothing' does not exist in the current context\n        Console.WriteLine(nothing);\n                          ^", output.Failure!.Traceback[0], StringComparison.Ordinal);
        await Execute("foreach (var n in new[] { 1 })\n{\n    throw new Exception(\"here\");\n}", output);
        Assert.Contains("  at cell 2, line 3", output.Failure.Traceback);
    }

    [Fact]
    public async Task A_finally_block_is_run_to_its_end()
    {
        await Interrupt("var tidied = 0; Console.WriteLine(\"begun\"); try { while (true) System.Threading.Thread.Yield(); } finally { for (int i = 0; i < 1000; i++) tidied++; }");
        Assert.Equal("1000", await ValueOf("tidied"));
    }

    [Fact]
    public async Task A_cell_may_block_on_tasks_of_its_own() =>
        Assert.Equal("6", await ValueOf("""
            async Task<int> Slow(int n) { await Task.Delay(20); await Task.Yield(); return n; }
            Slow(1).Result + Task.WhenAll(Slow(2), Slow(3)).Result.Sum()
            """));

    [Fact]
    public async Task Cells_share_one_thread_also_after_an_await()
    {
        await Execute("var first = Environment.CurrentManagedThreadId; await Task.Delay(300);", new Recorder());
        Assert.Equal("True", await ValueOf("Environment.CurrentManagedThreadId == first"));
        Assert.Equal("True", await ValueOf("await Task.Delay(300);\nEnvironment.CurrentManagedThreadId == first"));
    }

    [Fact]
    public async Task What_a_cell_left_running_is_not_stopped_with_a_later_one()
    {
        await Execute(
            "var ticks = 0; async Task Tick() { while (ticks < 1_000_000) { await Task.Delay(1); ticks++; } }\nvar ticking = Tick();",
            new Recorder());
        await Interrupt("Console.WriteLine(\"begun\"); while (true) { }");
        Assert.Equal("True", await ValueOf("var before = ticks; await Task.Delay(500); ticks > before"));
    }

    /// <summary>Takes a lot of text fast.</summary>
    private sealed class Text : ICellOutput
    {
        private readonly StringBuilder _text = new();

        public int Length => _text.Length;

        public void Stream(StreamName stream, string text) => _text.Append(text);

        public void Display(MimeBundle data, string displayId)
        {
        }

        public void Update(MimeBundle data, string displayId)
        {
        }

        public void Clear(bool wait)
        {
        }

        public void Result(MimeBundle data, int executionCount)
        {
        }

        public void Error(CellError error)
        {
        }

        public override string ToString() => _text.ToString();
    }
}
