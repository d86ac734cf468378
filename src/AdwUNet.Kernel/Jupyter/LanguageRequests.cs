using System.Text.Json.Nodes;
using AdwUNet.Kernel.Language;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Answers what front ends ask about code that is being written.</summary>
internal static class LanguageRequests
{
    /// <summary>Answers an <c>is_complete_request</c>, a <c>complete_request</c> or an <c>inspect_request</c>.</summary>
    public static JsonObject Answer(Request request)
    {
        var code = request.Content.Text("code") ?? "";
        var cursor = CodePoints.ToUtf16(code, request.Content.Integer("cursor_pos") ?? code.Length);
        return request.Type switch
        {
            "is_complete_request" => IsComplete(code),
            "complete_request" => new JsonObject
            {
                ["matches"] = new JsonArray(),
                ["cursor_start"] = CodePoints.FromUtf16(code, cursor),
                ["cursor_end"] = CodePoints.FromUtf16(code, cursor),
                ["metadata"] = new JsonObject(),
            },
            _ => new JsonObject { ["found"] = false, ["data"] = new JsonObject(), ["metadata"] = new JsonObject() },
        };
    }

    private static JsonObject IsComplete(string code)
    {
        var completeness = CompletenessCheck.Of(code);
        var reply = new JsonObject { ["status"] = completeness.Status.ToString().ToLowerInvariant() };
        if (completeness.Status == CompletenessStatus.Incomplete)
            reply["indent"] = completeness.Indent;
        return reply;
    }
}
