using System.Reflection;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Execution;

/// <summary>
/// The cells that a new cell can refer to, oldest first. Cells whose declarations are all hidden by later ones, such as cells that were run again,
/// are removed regularly; otherwise the time and memory of a cell would grow with the number of cells before it.
/// </summary>
internal sealed class LiveCells
{
    private const BindingFlags VariableFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const int SmallestPruning = 32;

    private readonly Dictionary<string, ChainLink> _owners = new(StringComparer.Ordinal);
    private readonly List<WeakReference<object>> _hidden = [];
    private List<ChainLink> _links = [];
    private int _pruneAt = SmallestPruning;

    /// <summary>What a new cell follows; null for the first.</summary>
    public CSharpCompilation? Last { get; private set; }

    /// <summary>The cells that emitted code refers to.</summary>
    public IReadOnlyList<ChainLink> Referenced(MetadataReader code)
    {
        var names = code.AssemblyReferences.Select(handle => code.GetString(code.GetAssemblyReference(handle).Name)).ToHashSet();
        return [.. _links.Where(link => names.Contains(link.Compilation.AssemblyName!))];
    }

    /// <summary>The cells that declare one of these names.</summary>
    public IEnumerable<ChainLink> Declaring(IReadOnlySet<string> names) =>
        _links.Where(link => link.Declared.Any(key => names.Contains(ChainLink.SimpleName(key))));

    /// <summary>Adds a cell that runs.</summary>
    public void Add(ChainLink link)
    {
        _links.Add(link);
        foreach (var key in link.Declared)
            _owners[key] = link;
        if (_links.Count >= _pruneAt)
            Prune();
        Last = _links[^1].Compilation;
    }

    /// <summary>What Roslyn's code of a new cell takes: the states of earlier cells, and at the end a place for its own.</summary>
    public object?[] States() =>
        // The first place is for a host object, of which there is none.
        [null, .. _links.Where(link => link.HasCode).Select(link => link.State), null];

    /// <summary>The cells themselves, the oldest first.</summary>
    public IReadOnlyList<ChainLink> Links => _links;

    /// <summary>The variables that a new cell sees, in the order in which their names were first declared.</summary>
    public IReadOnlyList<Variable> Variables()
    {
        var found = new OrderedDictionary<string, Variable>(StringComparer.Ordinal);
        foreach (var link in _links)
        {
            var fields = link.State?.GetType().GetFields(VariableFields) ?? [];
            foreach (var field in fields.OrderBy(field => field.MetadataToken))
            {
                // Others are the compiler's own.
                if (char.IsLetter(field.Name[0]) || field.Name[0] == '_')
                    found[field.Name] = new Variable(field.Name, field.FieldType, field.GetValue(link.State));
            }
        }

        return [.. found.Values];
    }

    /// <summary>What the variables hold, the last declared first; those that are hidden may be missing where nothing needs disposing.</summary>
    public IEnumerable<object> Values() =>
        Enumerable.Reverse(_links).SelectMany(ValuesOf)
            .Concat(Enumerable.Reverse(_hidden).Select(hidden => hidden.TryGetTarget(out var value) ? value : null).OfType<object>());

    private static IEnumerable<object> ValuesOf(ChainLink link) =>
        link.State?.GetType().GetFields(VariableFields).OrderByDescending(variable => variable.MetadataToken)
            .Select(variable => variable.GetValue(link.State)).OfType<object>() ?? [];

    private void Prune()
    {
        var live = new HashSet<ChainLink>();
        var open = new Stack<ChainLink>(_owners.Values);
        while (open.TryPop(out var link))
        {
            if (!live.Add(link))
                continue;
            foreach (var needed in link.Needs)
                open.Push(needed);
        }

        var first = _links[0].Compilation.ScriptCompilationInfo!.PreviousScriptCompilation;
        var movable = _links.FindLastIndex(link => link.IsFixed) + 1;
        foreach (var dead in _links.Skip(movable).Where(link => !live.Contains(link)))
        {
            // Its values may be in use elsewhere: they are disposed with all others, if they are still there.
            _hidden.AddRange(ValuesOf(dead).Where(value => value is IDisposable).Select(value => new WeakReference<object>(value)));
        }

        _hidden.RemoveAll(hidden => !hidden.TryGetTarget(out _));
        _links = [.. _links.Take(movable), .. _links.Skip(movable).Where(live.Contains)];
        for (var index = movable; index < _links.Count; index++)
            _links[index].Follow(index == 0 ? first : _links[index - 1].Compilation);
        _pruneAt = Math.Max(SmallestPruning, 2 * _links.Count);
    }
}
