using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Execution;

/// <summary>Turns what went wrong in a cell into what its reader can use: the message, and the cell's own lines.</summary>
internal static class ErrorReport
{
    private const int MostFrames = 10;

    public static CellError Of(Exception exception, IReadOnlyDictionary<string, string> sources)
    {
        exception = Unwrap(exception);
        return exception is CompilationFailedException compilation
            ? OfDiagnostics(compilation.Errors)
            : OfException(exception, sources);
    }

    /// <summary>A compiler message with its place, the line and a caret below the fault.</summary>
    public static string Describe(Diagnostic diagnostic)
    {
        var message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        var kind = diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning";
        if (diagnostic.Location.SourceTree is not { } tree)
            return $"{kind} {diagnostic.Id}: {message}";
        var span = diagnostic.Location.GetLineSpan();
        var line = tree.GetText().Lines[span.StartLinePosition.Line].ToString();
        var column = span.StartLinePosition.Character;
        // Tabs are kept, so that the caret stands below the right place.
        var indent = string.Concat(line.Take(column).Select(c => c == '\t' ? '\t' : ' '));
        return $"{span.Path}, line {span.StartLinePosition.Line + 1}: {kind} {diagnostic.Id}: {message}\n    {line}\n    {indent}^";
    }

    private static CellError OfDiagnostics(IReadOnlyList<Diagnostic> errors)
    {
        var first = errors[0];
        var line = first.Location.IsInSource ? $"line {first.Location.GetLineSpan().StartLinePosition.Line + 1}: " : "";
        var message = $"{line}{first.Id}: {first.GetMessage(CultureInfo.InvariantCulture)}";
        return new CellError("CompilationError", message, [.. errors.Select(Describe)]);
    }

    private static CellError OfException(Exception exception, IReadOnlyDictionary<string, string> sources)
    {
        // The message first: it is what the reader can use. The type says something only to who wrote the code.
        var lines = new List<string> { exception.Message };
        if (exception is not NotebookException)
            lines.Add($"  {exception.GetType().FullName}");
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
            lines.Add($"  because of {inner.GetType().FullName}: {inner.Message}");
        lines.AddRange(FramesOf(exception, sources));
        return new CellError(exception.GetType().Name, exception.Message, lines);
    }

    private static IEnumerable<string> FramesOf(Exception exception, IReadOnlyDictionary<string, string> sources)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames()
            .Select(frame => (File: frame.GetFileName(), Line: frame.GetFileLineNumber()))
            .Where(frame => frame.File is not null && frame.Line > 0 && sources.ContainsKey(frame.File))
            .Distinct()
            .Take(MostFrames);
        foreach (var (file, line) in frames)
        {
            yield return $"  at {file}, line {line}";
            var text = sources[file!].Split('\n').ElementAtOrDefault(line - 1)?.Trim();
            if (!string.IsNullOrEmpty(text))
                yield return $"     {text}";
        }
    }

    private static Exception Unwrap(Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        _ => exception,
    };
}
