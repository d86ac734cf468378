using System.Text.Json.Nodes;
using System.Threading.Channels;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Asks the front end whose cell is running for a line of text.</summary>
internal sealed class Inputs
{
    private readonly Wire _wire;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();

    public Inputs(Wire wire)
    {
        _wire = wire;
        wire.InputReceived += reply =>
        {
            if (reply.Type == "input_reply")
                _answers.Writer.TryWrite(reply.Body.Text("value") ?? "");
        };
    }

    /// <summary>The way by which the cell of a request asks.</summary>
    public ICellInput For(Request request) => new Asking(this, request);

    /// <summary>For code whose front end takes no questions.</summary>
    public static ICellInput Refused { get; } = new Refusal();

    private sealed class Asking(Inputs inputs, Request request) : ICellInput
    {
        public string ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken)
        {
            // An answer to an earlier, cancelled question is not an answer to this one.
            while (inputs._answers.Reader.TryRead(out _))
            {
            }

            inputs._wire.Ask(request, new JsonObject { ["prompt"] = prompt, ["password"] = isPassword });
            return inputs._answers.Reader.ReadAsync(cancellationToken).AsTask().GetAwaiter().GetResult();
        }
    }

    private sealed class Refusal : ICellInput
    {
        public string ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken) =>
            throw new NotebookException("The cell asks for input, but the front end does not allow input: set the value in the code.");
    }
}
