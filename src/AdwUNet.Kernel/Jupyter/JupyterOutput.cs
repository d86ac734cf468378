using System.Text.Json.Nodes;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Publishes the outputs of one cell to all front ends, as following from the request that runs the cell.</summary>
internal sealed class JupyterOutput(Wire wire, byte[] parent) : ICellOutput
{
    /// <summary>The value of the cell as plain text, once there is one.</summary>
    public string? Value { get; private set; }

    public void AwaitRoom(CancellationToken cancellationToken) => wire.AwaitRoom(cancellationToken);

    public void Stream(StreamName stream, string text) => wire.Publish("stream", parent, new JsonObject
    {
        ["name"] = stream == StreamName.Stdout ? "stdout" : "stderr",
        ["text"] = text,
    });

    public void Display(MimeBundle data, string displayId) => wire.Publish("display_data", parent, Shown(data, displayId));

    public void Update(MimeBundle data, string displayId) => wire.Publish("update_display_data", parent, Shown(data, displayId));

    public void Clear(bool wait) => wire.Publish("clear_output", parent, new JsonObject { ["wait"] = wait });

    public void Result(MimeBundle data, int executionCount)
    {
        Value = data.Forms[MimeBundle.Plain];
        wire.Publish("execute_result", parent, new JsonObject
        {
            ["execution_count"] = executionCount,
            ["data"] = DataOf(data),
            ["metadata"] = new JsonObject(),
        });
    }

    public void Error(CellError error) => wire.Publish("error", parent, ContentOf(error));

    /// <summary>The forms of a value as the protocol has them.</summary>
    public static JsonObject DataOf(MimeBundle bundle)
    {
        var data = new JsonObject();
        foreach (var (type, text) in bundle.Forms.OrderBy(form => form.Key, StringComparer.Ordinal))
            data[type] = MimeBundle.IsJson(type) ? JsonNode.Parse(text) : text;
        return data;
    }

    /// <summary>An error as the protocol has it, in outputs and in answers.</summary>
    public static JsonObject ContentOf(CellError error) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)line)]),
    };

    private static JsonObject Shown(MimeBundle data, string displayId) => new()
    {
        ["data"] = DataOf(data),
        ["metadata"] = new JsonObject(),
        ["transient"] = new JsonObject { ["display_id"] = displayId },
    };
}
