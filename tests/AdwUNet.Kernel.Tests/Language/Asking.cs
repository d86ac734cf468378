using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;

namespace AdwUNet.Kernel.Tests.Language;

/// <summary>Asks the language services about code in which <c>|</c> marks the cursor; without a mark it is at the end.</summary>
internal static class Asking
{
    public static Task<Completion> Complete(this LanguageServices services, string marked)
    {
        var (code, cursor) = Split(marked);
        return services.CompleteAsync(code, cursor, TestContext.Current.CancellationToken);
    }

    public static async Task<IReadOnlyList<string>> Names(this LanguageServices services, string marked) =>
        [.. (await services.Complete(marked)).Matches.Select(match => match.Text)];

    /// <summary>What is told, as plain text; null where nothing is found.</summary>
    public static async Task<string?> Inspect(this LanguageServices services, string marked, int detailLevel = 0)
    {
        var (code, cursor) = Split(marked);
        return (await services.InspectAsync(code, cursor, detailLevel, TestContext.Current.CancellationToken))?.Forms[MimeBundle.Plain];
    }

    private static (string Code, int Cursor) Split(string marked)
    {
        var cursor = marked.IndexOf('|', StringComparison.Ordinal);
        return cursor < 0 ? (marked, marked.Length) : (marked.Remove(cursor, 1), cursor);
    }
}
