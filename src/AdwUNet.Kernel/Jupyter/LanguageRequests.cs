using System.Text.Json.Nodes;
using AdwUNet.Kernel.Language;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Answers what front ends ask about code that is being written.</summary>
internal sealed class LanguageRequests(LanguageServices language)
{
    /// <summary>Answers an <c>is_complete_request</c>, a <c>complete_request</c> or an <c>inspect_request</c>.</summary>
    public async Task<JsonObject> AnswerAsync(Request request)
    {
        var code = request.Content.Text("code") ?? "";
        var cursor = request.Content.Integer("cursor_pos") is { } place ? CodePoints.ToUtf16(code, place) : code.Length;
        return request.Type switch
        {
            "is_complete_request" => Answer(LanguageServices.IsComplete(code)),
            "complete_request" => Answer(await language.CompleteAsync(code, cursor, CancellationToken.None).ConfigureAwait(false), code),
            _ => await InspectAsync(code, cursor, request.Content.Integer("detail_level") ?? 0).ConfigureAwait(false),
        };
    }

    private static JsonObject Answer(Completeness completeness)
    {
        var content = new JsonObject
        {
            ["status"] = completeness.Status switch
            {
                CompletenessStatus.Complete => "complete",
                CompletenessStatus.Incomplete => "incomplete",
                CompletenessStatus.Invalid => "invalid",
                _ => "unknown",
            },
        };
        if (completeness.Status == CompletenessStatus.Incomplete)
            content["indent"] = completeness.Indent;
        return content;
    }

    private static JsonObject Answer(Completion completion, string code)
    {
        var start = CodePoints.FromUtf16(code, completion.Start);
        var end = CodePoints.FromUtf16(code, completion.End);
        // Front ends that know of kinds and signatures find them here.
        var details = completion.Matches.Select(match => (JsonNode)new JsonObject
        {
            ["start"] = start,
            ["end"] = end,
            ["text"] = match.Text,
            ["type"] = match.Kind,
            ["signature"] = match.Signature,
        });
        return new JsonObject
        {
            ["matches"] = new JsonArray([.. completion.Matches.Select(match => (JsonNode)match.Text)]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject { ["_jupyter_types_experimental"] = new JsonArray([.. details]) },
        };
    }

    private async Task<JsonObject> InspectAsync(string code, int cursor, int detailLevel)
    {
        var found = await language.InspectAsync(code, cursor, detailLevel, CancellationToken.None).ConfigureAwait(false);
        return new JsonObject
        {
            ["found"] = found is not null,
            ["data"] = found is null ? new JsonObject() : JupyterOutput.DataOf(found),
            ["metadata"] = new JsonObject(),
        };
    }
}
