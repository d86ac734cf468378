using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>
/// Answers a front end while its user writes: completion at the cursor, the description of a name, whether the code is complete.
/// Positions count UTF-16 units, as .NET's strings do. Answers come from Roslyn's services, which are loaded when first asked. No cell may
/// be running.
/// </summary>
internal sealed class LanguageServices(Session session) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private CellWorkspace? _workspace;

    /// <summary>Finds what may stand at the cursor.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="cursor">A position in it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<Completion> CompleteAsync(string code, int cursor, CancellationToken cancellationToken)
    {
        cursor = Math.Clamp(cursor, 0, code.Length);
        var text = CellText.Of(code, cursor);
        var isCSharp = text.Language == CellLanguage.CSharp;
        if (DirectiveCompletion.Complete(text.Line, cursor, session.Folder, isCSharp) is { } directive)
            return directive;
        if (!isCSharp)
            return Completion.None(cursor);
        return await InTurnAsync(
            workspace => CodeCompletion.CompleteAsync(workspace.Open(CodeCompletion.CutAtLine(text.CSharp, cursor)), cursor, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells what the name at the cursor means, or the call around it; null where nothing is found.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="cursor">A position in it.</param>
    /// <param name="detailLevel">0 for what helps to write, 1 for all that is known.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<MimeBundle?> InspectAsync(string code, int cursor, int detailLevel, CancellationToken cancellationToken)
    {
        cursor = Math.Clamp(cursor, 0, code.Length);
        var text = CellText.Of(code, cursor);
        if (DirectiveInspection.Inspect(code, cursor) is { } directive)
            return directive;
        if (text.Language != CellLanguage.CSharp)
            return null;
        return await InTurnAsync(
            workspace => Inspection.InspectAsync(workspace.Open(text.CSharp), cursor, detailLevel, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Tells whether code can be run as it is.</summary>
    public static Completeness IsComplete(string code) => CompletenessCheck.Of(code);

    public void Dispose()
    {
        _workspace?.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task<T> InTurnAsync<T>(Func<CellWorkspace, Task<T>> search, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await search(_workspace ??= new CellWorkspace(session)).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
