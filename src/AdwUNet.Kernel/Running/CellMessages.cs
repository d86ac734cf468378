using System.Globalization;
using System.Text.Json;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Running;

/// <summary>What the command and the process of its cells say to each other: the first text of a message, then its arguments.</summary>
internal static class CellMessages
{
    // From the command.

    /// <summary>The notebook's folder follows.</summary>
    public const string Open = "open";

    /// <summary>The cell's number, language and text follow.</summary>
    public const string Execute = "execute";

    public const string Stop = "stop";

    public const string Close = "close";

    /// <summary>No more orders follow; without it, the command has been killed.</summary>
    public const string End = "end";

    /// <summary>The folder follows, then each executed file and its source.</summary>
    public const string Publish = "publish";

    // From the process of the cells.

    /// <summary>The answer to <see cref="Open"/>, <see cref="Close"/> and <see cref="Publish"/>; the result's texts follow.</summary>
    public const string Done = "done";

    /// <summary>The answer where a file cannot be read or written; the message follows.</summary>
    public const string Refused = "refused";

    /// <summary>The answer to <see cref="Execute"/>: the cell's number, status and execution count follow.</summary>
    public const string Ended = "ended";

    /// <summary>The process is ending in order, by <see cref="Environment.Exit"/>.</summary>
    public const string Exiting = "exiting";

    // Outputs: the cell's number follows, then the arguments of the method of ICellOutput.
    private const string Stream = "stream";
    private const string Display = "display";
    private const string Update = "update";
    private const string Clear = "clear";
    private const string Result = "result";
    private const string Error = "error";

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Hands an output that was received to its cell.</summary>
    /// <param name="message">The message; one that is no output is passed over.</param>
    /// <param name="outputOf">The receiver of a cell's outputs.</param>
    public static void Deliver(string[] message, Func<int, ICellOutput> outputOf)
    {
        switch (message)
        {
            case [Stream, var cell, var stream, var text]:
                outputOf(Number(cell)).Stream(Enum.Parse<StreamName>(stream), text);
                break;
            case [Display, var cell, var id, .. var forms]:
                outputOf(Number(cell)).Display(Bundle(forms), id);
                break;
            case [Update, var cell, var id, .. var forms]:
                outputOf(Number(cell)).Update(Bundle(forms), id);
                break;
            case [Clear, var cell, var wait]:
                outputOf(Number(cell)).Clear(bool.Parse(wait));
                break;
            case [Result, var cell, var count, .. var forms]:
                outputOf(Number(cell)).Result(Bundle(forms), Number(count));
                break;
            case [Error, var cell, var name, var text, .. var traceback]:
                outputOf(Number(cell)).Error(new CellError(name, text, traceback));
                break;
        }
    }

    private static MimeBundle Bundle(string[] forms) =>
        MimeBundle.OfForms([.. forms.Chunk(2).Select(form => (form[0], form[1]))]);

    /// <summary>Sends a cell's outputs at once, so that none is lost when the process crashes.</summary>
    /// <param name="cell">The cell's number.</param>
    /// <param name="send">Sends a message.</param>
    internal sealed class Sender(int cell, Action<string[]> send) : ICellOutput
    {
        private readonly string _cell = Text(cell);

        public bool IsImmediate => true;

        public void Stream(StreamName stream, string text) => send([CellMessages.Stream, _cell, stream.ToString(), text]);

        public void Display(MimeBundle data, string displayId) => send([CellMessages.Display, _cell, displayId, .. Forms(data)]);

        public void Update(MimeBundle data, string displayId) => send([CellMessages.Update, _cell, displayId, .. Forms(data)]);

        public void Clear(bool wait) => send([CellMessages.Clear, _cell, wait.ToString()]);

        public void Result(MimeBundle data, int executionCount) => send([CellMessages.Result, _cell, CellMessages.Text(executionCount), .. Forms(data)]);

        public void Error(CellError error) => send([CellMessages.Error, _cell, error.Name, error.Message, .. error.Traceback]);

        /// <exception cref="JsonException">A form that must be JSON is none, which is an error of the cell and not of the command.</exception>
        private static IEnumerable<string> Forms(MimeBundle data)
        {
            foreach (var (type, text) in data.Forms)
            {
                if (MimeBundle.IsJson(type))
                    JsonDocument.Parse(text).Dispose();
            }

            return data.Forms.SelectMany(form => new[] { form.Key, form.Value });
        }
    }
}
