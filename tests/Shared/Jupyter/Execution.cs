namespace AdwUNet.Tests.Jupyter;

/// <summary>All that a kernel gave for one execution.</summary>
/// <param name="Messages">What it published, in order, from <c>busy</c> to <c>idle</c>.</param>
/// <param name="Reply">Its reply.</param>
public sealed record Execution(IReadOnlyList<JupyterMessage> Messages, JupyterMessage Reply)
{
    /// <summary><c>ok</c>, <c>error</c> or <c>aborted</c>.</summary>
    public string Status => (string)Reply.Content["status"]!;

    /// <summary>What was printed.</summary>
    public string Printed => string.Concat(Of("stream").Where(message => (string?)message.Content["name"] == "stdout").Select(message => (string?)message.Content["text"]));

    /// <summary>The plain text of the value, or null where there is none.</summary>
    public string? Value => (string?)Of("execute_result").SingleOrDefault()?.Content["data"]!["text/plain"];

    /// <summary>Name and message of the error that was shown, or null.</summary>
    public string? Error => Of("error").SingleOrDefault() is { } error ? $"{error.Content["ename"]}: {error.Content["evalue"]}" : null;

    /// <summary>The messages of one type.</summary>
    public IEnumerable<JupyterMessage> Of(string type) => Messages.Where(message => message.Type == type);
}
