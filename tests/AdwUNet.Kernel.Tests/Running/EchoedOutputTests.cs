using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Running;

namespace AdwUNet.Kernel.Tests.Running;

public sealed class EchoedOutputTests : IDisposable
{
    private readonly StringWriter _terminal = new() { NewLine = "\n" };
    private readonly Recorder _inner = new();
    private readonly SteppedTime _time = new();

    public void Dispose() => _terminal.Dispose();

    private EchoedOutput Output() => new(_inner, new ProgressReport(_terminal, plain: true), _time);

    [Fact]
    public void Printed_lines_are_shown_whole_and_passed_on()
    {
        var output = Output();
        output.Stream(StreamName.Stdout, "Mean Di");
        output.Stream(StreamName.Stdout, "ce: 0.9\r\nlast");
        output.End();
        Assert.Equal("        | Mean Dice: 0.9\n        | last\n", _terminal.ToString());
        Assert.Equal("Mean Dice: 0.9\r\nlast", _inner.Printed);
    }

    [Fact]
    public void Only_the_first_lines_of_long_output_are_shown()
    {
        var output = Output();
        for (var i = 0; i < 1000; i++)
        {
            output.Stream(StreamName.Stdout, $"line {i}\n");
        }

        output.End();
        var lines = _terminal.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(21, lines.Length);
        Assert.Contains("the rest is in the notebook", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_changing_display_is_shown_every_30_seconds()
    {
        var output = Output();
        output.Display(MimeBundle.OfText("0 of 9", [MimeBundle.Plain]), "bar");
        for (var second = 1; second <= 65; second++)
        {
            _time.Now += TimeSpan.FromSeconds(1);
            output.Update(MimeBundle.OfText($"{second} of 99", [MimeBundle.Plain]), "bar");
        }

        Assert.Equal("        | 30 of 99\n        | 60 of 99\n", _terminal.ToString());
    }

    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
