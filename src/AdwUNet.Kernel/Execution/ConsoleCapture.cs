using System.Text;
using Microsoft.DotNet.Interactive.Utility;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// Redirects console output to the cell that wrote it. Installed once per process. Outside of cells the console works
/// as before.
/// </summary>
internal static class ConsoleCapture
{
    private static readonly Lock Lock = new();
    private static TextWriter? s_router;
    private static IDisposable? s_held;

    /// <summary>The process's own standard output, for text that is not from a cell.</summary>
    public static TextWriter StandardOutput { get; private set; } = Console.Out;

    /// <summary>The process's own standard error, for text that is not from a cell.</summary>
    public static TextWriter StandardError { get; private set; } = Console.Error;

    public static void Install()
    {
        lock (Lock)
        {
            // A test runner or a host may have replaced the writers since; ours are then installed again.
            if (s_router is not null && Console.Out == s_router)
                return;
            StandardOutput = Console.Out;
            StandardError = Console.Error;
            // KernelInvocationContext redirects the console while it is the only subscriber; this subscription prevents that.
            s_held ??= ConsoleOutput.Subscribe(_ => new MemoryStream());
            Console.SetOut(new Router(StreamName.Stdout, StandardOutput));
            Console.SetError(new Router(StreamName.Stderr, StandardError));
            s_router = Console.Out;
            Console.SetIn(new Asker(Console.In));
        }
    }

    /// <summary>Reads lines from the front end if the cell can ask there, and otherwise from the process's standard input.</summary>
    private sealed class Asker(TextReader outside) : TextReader
    {
        private string _rest = "";

        public override string? ReadLine()
        {
            if (RunningCell.Current is not { TakesInput: true } cell)
                return outside.ReadLine();
            var line = _rest.Length > 0 ? _rest.TrimEnd('\n') : cell.ReadLine("", isPassword: false);
            _rest = "";
            return line;
        }

        public override int Peek()
        {
            if (RunningCell.Current is not { TakesInput: true } cell)
                return outside.Peek();
            if (_rest.Length == 0)
                _rest = cell.ReadLine("", isPassword: false) + "\n";
            return _rest[0];
        }

        public override int Read()
        {
            if (RunningCell.Current is not { TakesInput: true })
                return outside.Read();
            var character = Peek();
            _rest = _rest[1..];
            return character;
        }
    }

    private sealed class Router(StreamName stream, TextWriter outside) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Send(value.ToString());

        public override void Write(string? value) => Send(value);

        public override void Write(char[] buffer, int index, int count) => Send(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Send(new string(buffer));

        public override void WriteLine() => Send("\n");

        public override void WriteLine(string? value) => Send(value + "\n");

        public override void WriteLine(ReadOnlySpan<char> buffer) => Send(string.Concat(buffer, "\n"));

        public override void Flush()
        {
            if (RunningCell.Current is null)
                outside.Flush();
        }

        private void Send(string? text)
        {
            if (string.IsNullOrEmpty(text))
                return;
            if (RunningCell.Current is { } cell)
                cell.Output.Stream(stream, text);
            else
                outside.Write(text);
        }
    }
}
