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
            $"Preprocessing into {folder} was not finished ({CountCases(folder)} cases are there); run it again, it goes on where it stopped.");
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

    /// <summary>Unmaps all cases.</summary>
    public void Dispose()
    {
        foreach (var c in Cases)
        {
            c.Dispose();
        }
    }

    private static int CountCases(string folder) => Directory.GetFiles(folder, "*" + CaseFile.Extension).Length;
}
