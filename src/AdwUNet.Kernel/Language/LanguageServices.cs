using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>
/// What a front end asks while its user writes: what may stand at the cursor, what a name means, whether the code is complete.
/// Positions count UTF-16 units, as .NET's strings do.
/// </summary>
#pragma warning disable CS9113, CA1822, CA1801
internal sealed class LanguageServices(Session session)
{
    /// <summary>Finds what may stand at the cursor.</summary>
    public Task<Completion> CompleteAsync(string code, int cursor, CancellationToken cancellationToken) =>
        Task.FromResult(Completion.None(cursor));

    /// <summary>Tells what the name at the cursor means, or the call around it; null where nothing is found.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="cursor">A position in it.</param>
    /// <param name="detailLevel">0 for what helps to write, 1 for all that is known.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public Task<MimeBundle?> InspectAsync(string code, int cursor, int detailLevel, CancellationToken cancellationToken) =>
        Task.FromResult<MimeBundle?>(null);

    /// <summary>Tells whether code can be run as it is.</summary>
    public Completeness IsComplete(string code) => CompletenessCheck.Of(code);
}
