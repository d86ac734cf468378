namespace AdwUNet.Planning;

/// <summary>The mark of a whole store, <c>store.json</c>.</summary>
/// <param name="Cases">The cases that belong to it, in the order of their ids.</param>
internal sealed record StoreMark(IReadOnlyList<string> Cases)
{
    private const string FileName = "store.json";

    public static StoreMark? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? JsonFile.Load<StoreMark>(path, (message, error) => new PreprocessingException(message, error))
            : null;
    }

    public static void Remove(string folder) => File.Delete(Path.Combine(folder, FileName));

    public void Write(string folder) => JsonFile.Save(Path.Combine(folder, FileName), this);
}
