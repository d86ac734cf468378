using AdwUNet.Datasets;
using AdwUNet.Planning;

namespace AdwUNet.Preprocessing;

/// <summary>
/// A folder of preprocessed cases, made by <see cref="Preprocessor"/>: <c>plan.json</c>, one file per case, and <c>store.json</c>, which is
/// written last and says that the store is whole.
/// </summary>
public sealed class CaseStore : IDisposable
{
    internal const string PlanFile = "plan.json";

    private readonly Dictionary<string, StoredCase> _byId;

    private CaseStore(string folder, Plan plan, IReadOnlyList<StoredCase> cases)
    {
        Folder = folder;
        Plan = plan;
        Cases = cases;
        _byId = cases.ToDictionary(c => c.Id, StringComparer.Ordinal);
    }

    /// <summary>The store's folder.</summary>
    public string Folder { get; }

    /// <summary>The plan with which the cases were preprocessed.</summary>
    public Plan Plan { get; }

    /// <summary>The cases in the order of their ids.</summary>
    public IReadOnlyList<StoredCase> Cases { get; }

    /// <summary>One case.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="PreprocessingException">There is none of that name.</exception>
    public StoredCase this[string id] => _byId.TryGetValue(id, out var found)
        ? found
        : throw new PreprocessingException($"The store {Folder} has no case {id} among its {Cases.Count}; preprocess the dataset again.");

    /// <summary>Opens a whole store.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="PreprocessingException">There is no store, preprocessing was not finished, or a file is damaged.</exception>
    /// <exception cref="PlanException">The store's plan is damaged.</exception>
    public static CaseStore Open(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (!File.Exists(Path.Combine(folder, PlanFile)))
        {
            throw new PreprocessingException($"{folder} holds no preprocessed cases; preprocess the dataset first.");
        }

        var plan = Plan.Load(Path.Combine(folder, PlanFile));
        var ids = StoreMark.Read(folder)?.Cases ?? throw new PreprocessingException(
            $"Preprocessing into {folder} was not finished ({CountCases(folder)} cases are there); run it again to resume.");
        if (ids.GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new PreprocessingException($"The store {folder} names its case {twice.Key} more than once; preprocess the dataset again.");
        }

        var cases = new List<StoredCase>();
        try
        {
            foreach (var id in ids)
            {
                cases.Add(new StoredCase(CaseFile.PathOf(folder, id)));
            }
        }
        catch
        {
            cases.ForEach(c => c.Dispose());
            throw;
        }

        return new CaseStore(folder, plan, cases);
    }

    /// <summary>
    /// The cases whose files have another content now than when they were preprocessed, whatever their dates; and cases that only the dataset
    /// or only the store has. Reads every file once.
    /// </summary>
    /// <param name="dataset">The dataset of which the store was made.</param>
    /// <param name="cancellation">Ends it between cases.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public IReadOnlyList<CaseChange> ChangesSince(Dataset dataset, CancellationToken cancellation = default)
    {
        var changes = new CaseChange?[dataset.Cases.Count];
        ParallelCases.For(changes.Length, i => changes[i] = Change(dataset, dataset.Cases[i]), cancellation: cancellation);
        var listed = dataset.Cases.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        var gone = Cases.Where(c => !listed.Contains(c.Id)).Select(c => new CaseChange(c.Id, "is no longer in the dataset"));
        return [.. changes.OfType<CaseChange>(), .. gone];
    }

    /// <summary>Throws if the dataset is not the one that was preprocessed.</summary>
    /// <param name="dataset">The dataset of which the store was made.</param>
    /// <param name="cancellation">Ends it between cases.</param>
    /// <exception cref="PreprocessingException">Cases changed; the message names them and says what to do.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public void RequireUnchanged(Dataset dataset, CancellationToken cancellation = default)
    {
        const int listed = 10;
        var changes = ChangesSince(dataset, cancellation);
        if (changes.Count == 0) return;
        var list = string.Join("; ", changes.Take(listed).Select(change => $"{change.CaseId} {change.What}"));
        var more = changes.Count > listed ? $"; and {changes.Count - listed} more" : "";
        throw new PreprocessingException(
            $"{changes.Count} case(s) of {dataset.Name} changed since they were preprocessed into {Folder} ({list}{more}); "
                + $"preprocess the dataset again (01-preprocess), and give a new name to runs that used the old cases.");
    }

    /// <summary>Unmaps all cases.</summary>
    public void Dispose()
    {
        foreach (var c in Cases)
        {
            c.Dispose();
        }
    }

    private CaseChange? Change(Dataset dataset, DatasetCase entry)
    {
        if (!_byId.TryGetValue(entry.Id, out var stored)) return new CaseChange(entry.Id, "was not preprocessed");
        IReadOnlyList<SourceFile> now;
        try
        {
            now = CaseSources.Of(dataset, entry);
        }
        catch (AdwUNetException error)
        {
            return new CaseChange(entry.Id, $"cannot be compared ({error.Message.TrimEnd('.')})");
        }

        var before = stored.Sources.ToDictionary(file => file.Name, file => file.Hash, StringComparer.Ordinal);
        var other = now.FirstOrDefault(file => before.GetValueOrDefault(file.Name) != file.Hash)?.Name
            ?? before.Keys.FirstOrDefault(name => now.All(file => file.Name != name));
        return other is null ? null : new CaseChange(entry.Id, $"has another content in {other}");
    }

    private static int CountCases(string folder) => Directory.GetFiles(folder, "*" + CaseFile.Extension).Length;
}

/// <summary>A case that is not what it was when it was preprocessed.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="What">What changed, as the rest of a sentence.</param>
public sealed record CaseChange(string CaseId, string What);
