using System.Text;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Writes to standard output while possible. If it is closed or its disk is full, one message on standard error says so, and the run
/// continues without it: the executed notebooks contain the results.
/// </summary>
internal sealed class SturdyWriter(TextWriter output, TextWriter errors) : TextWriter
{
    private bool _isBroken;

    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => Try(() => output.Write(value));

    public override void Write(string? value) => Try(() => output.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => output.Write(buffer, index, count));

    public override void WriteLine() => Try(output.WriteLine);

    public override void WriteLine(string? value) => Try(() => output.WriteLine(value));

    public override void Flush() => Try(output.Flush);

    private void Try(Action write)
    {
        if (_isBroken)
            return;
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            // A closed output is reported as a bad file descriptor.
            var cause = exception is UnauthorizedAccessException ? "it is closed" : exception.Message;
            Tell($"Standard output cannot be written ({cause}): the run continues and shows no progress.");
        }
    }

    private void Tell(string text)
    {
        try
        {
            errors.WriteLine(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Both go to the same full disk: the run continues without a word.
        }
    }
}
