namespace AdwUNet.Preprocessing;

/// <summary>The mark of a whole store, <c>store.json</c>.</summary>
/// <param name="Cases">The cases that belong to it, in the order of their ids.</param>
internal sealed record StoreMark(IReadOnlyList<string> Cases)
{
    private const string FileName = "store.json";

    public static StoreMark? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var mark = JsonFile.Load<StoreMark>(path, (message, error) => new PreprocessingException(message, error));
        return mark.Cases.FirstOrDefault(id => id.Length == 0 || id.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0) is { } odd
            ? throw new PreprocessingException($"{path} lists under cases '{odd}', which names no file; preprocess again.")
            : mark;
    }

    public static void Remove(string folder) => File.Delete(Path.Combine(folder, FileName));

    public void Write(string folder) => JsonFile.Save(Path.Combine(folder, FileName), this);
}
