using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace AdwUNet.Kernel.Execution;

/// <summary>Formats the error of a cell: the message, and the cell's own lines.</summary>
internal static class ErrorReport
{
    /// <summary>The largest number of lines per exception, and of exceptions per chain, in a report.</summary>
    private const int MostFrames = 10;
    private const int MostCauses = 10;

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
        var line = LineOf(diagnostic);
        return $"{span.Path}, line {span.StartLinePosition.Line + 1}: {kind} {diagnostic.Id}: {message}\n"
            + $"    {line}\n    {Caret.Below(line, span.StartLinePosition.Character)}";
    }

    /// <summary>A key of a message: the same message about a line with the same text is shown only once.</summary>
    public static string KeyOf(Diagnostic diagnostic) =>
        $"{diagnostic.Id} {diagnostic.GetMessage(CultureInfo.InvariantCulture)} {LineOf(diagnostic).Trim()}";

    private static string LineOf(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree is { } tree
            ? tree.GetText().Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].ToString()
            : "";

    private static CellError OfDiagnostics(IReadOnlyList<Diagnostic> errors)
    {
        var first = errors[0];
        var line = first.Location.IsInSource ? $"line {first.Location.GetLineSpan().StartLinePosition.Line + 1}: " : "";
        var message = $"{line}{first.Id}: {first.GetMessage(CultureInfo.InvariantCulture)}";
        return new CellError("CompilationError", message, [.. errors.Select(Describe)]);
    }

    private static CellError OfException(Exception exception, IReadOnlyDictionary<string, string> sources)
    {
        // The message comes first, because it is more useful to the reader than the type.
        var lines = new List<string> { exception.Message };
        if (exception is not NotebookException)
            lines.Add($"  {exception.GetType().FullName}");
        var told = new HashSet<(string, int)>();
        lines.AddRange(FramesOf(exception, sources, told));
        foreach (var cause in CausesOf(exception).Take(MostCauses))
        {
            lines.Add($"  because of {cause.GetType().FullName}: {cause.Message}");
            lines.AddRange(FramesOf(cause, sources, told));
        }

        return new CellError(exception.GetType().Name, exception.Message, lines);
    }

    /// <summary>The causes of an exception, nearest first.</summary>
    private static IEnumerable<Exception> CausesOf(Exception exception) =>
        (exception is AggregateException { InnerExceptions: var several } ? several : exception.InnerException is { } inner ? [inner] : [])
        .SelectMany(cause => CausesOf(cause).Prepend(cause));

    /// <summary>The cells' own lines on the way to where an exception was thrown, without those that were already shown.</summary>
    private static IEnumerable<string> FramesOf(
        Exception exception, IReadOnlyDictionary<string, string> sources, HashSet<(string, int)> told)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames()
            .Select(frame => (File: frame.GetFileName() ?? "", Line: frame.GetFileLineNumber()))
            .Where(frame => frame.Line > 0 && sources.ContainsKey(frame.File))
            .Where(told.Add)
            .Take(MostFrames);
        foreach (var (file, line) in frames)
        {
            yield return $"  at {file}, line {line}";
            var text = sources[file].Split('\n').ElementAtOrDefault(line - 1)?.Trim();
            if (!string.IsNullOrEmpty(text))
                yield return $"     {text}";
        }
    }

    private static Exception Unwrap(Exception exception) => exception switch
    {
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        // Its message names only the type.
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        _ => exception,
    };
}
