using System.Globalization;
using System.Text.Json;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Running;

/// <summary>The messages between the command and the process of its cells. A message is its kind, followed by its arguments.</summary>
internal static class CellMessages
{
    // From the command.

    /// <summary>Arguments: the notebook's path and parameters.</summary>
    public const string Open = "open";

    /// <summary>Arguments: the cell's number, language and text.</summary>
    public const string Execute = "execute";

    public const string Stop = "stop";

    public const string Close = "close";

    /// <summary>No more orders follow. If the pipe closes without it, the command was killed.</summary>
    public const string End = "end";

    /// <summary>Arguments: the folder, then each executed file and its source.</summary>
    public const string Publish = "publish";

    // From the process of the cells.

    /// <summary>The answer to <see cref="Open"/>, <see cref="Close"/> and <see cref="Publish"/>; arguments: the result's texts.</summary>
    public const string Done = "done";

    /// <summary>The answer if a file cannot be read or written; argument: the error message.</summary>
    public const string Refused = "refused";

    /// <summary>The answer to <see cref="Execute"/>: arguments: the cell's number, status and execution count.</summary>
    public const string Ended = "ended";

    /// <summary>The process is ending normally, by <see cref="Environment.Exit"/>.</summary>
    public const string Exiting = "exiting";

    // Outputs; arguments: the cell's number, then those of the method of ICellOutput.
    private const string Stream = "stream";
    private const string Display = "display";
    private const string Update = "update";
    private const string Clear = "clear";
    private const string Result = "result";
    private const string Error = "error";

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Passes a received output to its cell.</summary>
    /// <param name="message">The message; ignored if it is not an output.</param>
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

    /// <summary>Sends a cell's outputs at once, so that a crash of the process loses none.</summary>
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
