using System.Collections.Immutable;
using AdwUNet.Kernel.Execution;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;

namespace AdwUNet.Kernel.Language;

/// <summary>
/// A session in the form that Roslyn's services take: one document with what earlier cells declared (<see cref="EarlierCells"/>), and
/// one behind it with the cell that is being written.
/// </summary>
internal sealed class CellWorkspace : IDisposable
{
    private readonly Session _session;
    private readonly AdhocWorkspace _workspace;
    private readonly DocumentId _earlier;
    private readonly DocumentId _cell;
    private Solution _solution;
    private ChainLink? _lastSeen;
    private ImmutableArray<MetadataReference> _references;

    public CellWorkspace(Session session)
    {
        _session = session;
        _workspace = new AdhocWorkspace(MefHostServices.DefaultHost);
        var earlier = ProjectId.CreateNewId();
        var cell = ProjectId.CreateNewId();
        (_earlier, _cell) = (DocumentId.CreateNewId(earlier), DocumentId.CreateNewId(cell));
        _solution = _workspace.CurrentSolution
            .AddProject(Project(earlier, "earlier", SubmissionChain.Imports, null))
            .AddProject(Project(cell, "cell", [], earlier))
            .AddDocument(_earlier, "earlier cells", "")
            .AddDocument(_cell, "cell", "");
    }

    /// <summary>The cell with this text, behind what the session's cells have declared by now.</summary>
    public Document Open(string code)
    {
        var references = _session.References.All;
        if (references != _references)
        {
            foreach (var document in (DocumentId[])[_earlier, _cell])
                _solution = _solution.WithProjectMetadataReferences(document.ProjectId, references);
            _references = references;
        }

        var cells = _session.Chain.Cells;
        if (cells.Count > 0 && cells[^1] != _lastSeen)
        {
            _solution = _solution.WithDocumentText(_earlier, SourceText.From(EarlierCells.TextOf(cells)));
            _lastSeen = cells[^1];
        }

        // What the services find out is kept in the solution that they looked at: the next one is made of it.
        _solution = _solution.WithDocumentText(_cell, SourceText.From(code));
        return _solution.GetDocument(_cell)!;
    }

    public void Dispose() => _workspace.Dispose();

    private ProjectInfo Project(ProjectId id, string name, IEnumerable<string> usings, ProjectId? previous) => ProjectInfo.Create(
        id,
        VersionStamp.Create(),
        name,
        name,
        LanguageNames.CSharp,
        compilationOptions: _session.Chain.Options.WithUsings(usings).WithScriptClassName(ScriptClass(name)),
        parseOptions: SubmissionChain.ParseOptions.WithDocumentationMode(DocumentationMode.Parse),
        projectReferences: previous is null ? [] : [new ProjectReference(previous)],
        isSubmission: true);

    // As of cells: no name that anyone could write.
    private static string ScriptClass(string name) => "Submission#" + name;
}
