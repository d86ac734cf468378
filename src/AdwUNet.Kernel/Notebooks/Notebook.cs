using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>
/// A notebook file. Fields that this program does not use (metadata, attachments) are kept, so that an executed notebook differs from its source
/// only in its outputs.
/// </summary>
internal sealed partial class Notebook
{
    private const int FormatMajor = 4;
    private const int LeastFormatMinor = 5;

    private static readonly JsonSerializerOptions FileForm = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Duplicate names in an object would otherwise fail only when the object is read.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly JsonObject _root;
    private readonly List<NotebookCell> _cells;

    private Notebook(string path, JsonObject root)
    {
        Path = path;
        _root = root;
        _cells = [.. root["cells"]!.AsArray().Select(cell => new NotebookCell(cell!.AsObject()))];
        MendedIds = EnsureIds();
    }

    /// <summary>A warning that cells got new ids, because theirs were missing, invalid or not unique; null if none did.</summary>
    public string? MendedIds { get; }

    /// <summary>The file that it was read from.</summary>
    public string Path { get; }

    /// <summary>The file's name without folder and ending.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public IReadOnlyList<NotebookCell> Cells => _cells;

    /// <summary>The sort key of the notebook's page: the metadata's <c>adw.order</c>, or the name if it is missing.</summary>
    public string Order => _root["metadata"]?["adw"]?["order"].Text() ?? Name;

    /// <summary>The first heading, or the name if it is missing.</summary>
    public string Title => _cells
        .Where(cell => cell.Kind == "markdown")
        .SelectMany(cell => cell.Source.Split('\n'))
        .FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal))?[2..].Trim() ?? Name;

    /// <summary>Reads an <c>.ipynb</c> or <c>.dib</c> file.</summary>
    /// <exception cref="NotebookException">The file is not a C# notebook.</exception>
    public static Notebook Load(string path)
    {
        var text = ReadText(path);
        if (System.IO.Path.GetExtension(path).Equals(".dib", StringComparison.OrdinalIgnoreCase))
            return new Notebook(path, DibFile.Read(text));
        var root = ReadRoot(path, text);
        CheckLanguage(path, root);
        return new Notebook(path, root);
    }

    /// <summary>Reads an executed notebook. Relative paths in it start at the folder of its source.</summary>
    /// <exception cref="NotebookException">The file is not a C# notebook.</exception>
    public static Notebook LoadExecuted(string path, string source) => new(source, Load(path)._root);

    /// <summary>Checks that every code cell is in a language that can be run.</summary>
    /// <exception cref="NotebookException">A cell is in another language.</exception>
    public void CheckLanguages()
    {
        foreach (var cell in _cells.Where(cell => cell.IsCode))
        {
            try
            {
                _ = cell.Language;
            }
            catch (NotebookException exception)
            {
                throw new NotebookException($"{Path}: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Puts a cell after another.</summary>
    public void InsertAfter(NotebookCell cell, NotebookCell added)
    {
        var index = _cells.IndexOf(cell) + 1;
        _cells.Insert(index, added);
        _root["cells"]!.AsArray().Insert(index, added.Json);
    }

    /// <summary>Takes a cell out.</summary>
    public void Remove(NotebookCell cell)
    {
        _cells.Remove(cell);
        _root["cells"]!.AsArray().Remove(cell.Json);
    }

    /// <summary>Writes the notebook atomically.</summary>
    public void Save(string path) => WholeFile.Write(path, _root.ToJsonString(FileForm) + "\n");

    private static string ReadText(string path)
    {
        if (!File.Exists(path))
            throw new NotebookException($"The notebook {path} does not exist.");
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"The notebook {path} cannot be read: {exception.Message}", exception);
        }
    }

    private static JsonObject ReadRoot(string path, string text)
    {
        JsonObject root;
        try
        {
            root = JsonNode.Parse(text, documentOptions: Strict) as JsonObject ?? throw new NotebookException($"{path} is not a notebook: its JSON is no object.");
        }
        catch (JsonException exception)
        {
            throw new NotebookException($"{path} is not a notebook: {exception.Message}", exception);
        }

        if (HalfCharacter(root) is { } place)
            throw new NotebookException($"{path} is not a notebook: there is an unpaired surrogate in {place}.");
        if (root.Integer("nbformat") is not { } major || root["cells"] is not JsonArray cells || cells.Any(cell => cell is not JsonObject))
            throw new NotebookException($"{path} is not a notebook: it lacks 'nbformat' or 'cells'.");
        if (major != FormatMajor)
            throw new NotebookException($"{path} is of notebook format (nbformat) {major}; only format {FormatMajor} can be read.");
        return root;
    }

    /// <summary>The path of the first string with an unpaired surrogate, which JSON can write as an escape but a string cannot hold.</summary>
    private static string? HalfCharacter(JsonNode node)
    {
        var children = node switch
        {
            JsonObject item => item.Select(pair => pair.Value),
            JsonArray items => items,
            _ => [],
        };
        try
        {
            _ = node is JsonValue value && value.TryGetValue<string>(out _);
        }
        catch (InvalidOperationException)
        {
            return node.GetPath();
        }

        return children.OfType<JsonNode>().Select(HalfCharacter).FirstOrDefault(found => found is not null);
    }

    private static void CheckLanguage(string path, JsonObject root)
    {
        var kernel = root.Text("metadata", "kernelspec", "name");
        var language = root.Text("metadata", "language_info", "name") ?? root.Text("metadata", "kernelspec", "language");
        var isCSharp = language is null
            ? kernel is null or ".net-csharp" or "polyglot-notebook"
            : language is "C#" or "csharp" or "c#" or "polyglot-notebook";
        if (!isCSharp)
            throw new NotebookException($"{path} is written in {language ?? kernel} (language_info or kernelspec of its metadata); only C# notebooks (kernel '.net-csharp') can be run.");
    }

    /// <summary>Gives each cell a valid, unique id; files before format 4.5 have none.</summary>
    /// <returns>A warning if the file should have had valid ids; else null.</returns>
    private string? EnsureIds()
    {
        var shouldHave = _root.Integer("nbformat_minor") is >= LeastFormatMinor;
        if (!shouldHave)
            _root["nbformat_minor"] = LeastFormatMinor;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var wrong = _cells.Where(cell => cell.Id is not { } id || !ValidId().IsMatch(id) || !taken.Add(id)).ToList();
        var number = 0;
        foreach (var cell in wrong)
        {
            while (!taken.Add($"cell-{++number}"))
            {
            }

            cell.Id = $"cell-{number}";
        }

        return shouldHave && wrong.Count > 0
            ? $"{Path}: {wrong.Count} of {_cells.Count} cell ids were missing, invalid or not unique; the executed notebook has new ones (such as '{wrong[0].Id}')."
            : null;
    }

    /// <summary>The pattern of a cell id in the notebook format.</summary>
    [GeneratedRegex(@"\A[a-zA-Z0-9_-]{1,64}\z")]
    private static partial Regex ValidId();
}
