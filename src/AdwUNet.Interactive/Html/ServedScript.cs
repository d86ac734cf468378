namespace AdwUNet.Interactive;

/// <summary>
/// Asks the kernel, without referring to any, where pages of its notebook server find a script: that of `adw` can tell, others have no
/// such type.
/// </summary>
internal static class ServedScript
{
    private const string ScriptsName = "AdwUNet.Kernel.Interactive.NotebookScripts";

    /// <summary>The script's address below the server's base address, or null.</summary>
    public static string? AddressOf(string file) => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic).Select(a => a.GetType(ScriptsName)).FirstOrDefault(t => t is not null)
        ?.GetMethod("AddressOf", [typeof(string)])?.Invoke(null, [file]) as string;
}
