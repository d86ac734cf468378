namespace AdwUNet.Interactive;

/// <summary>
/// Asks the kernel for the address of a script on its notebook server. It uses reflection, so that no reference is needed: only the `adw` kernel has
/// that type.
/// </summary>
internal static class ServedScript
{
    private const string ScriptsName = "AdwUNet.Kernel.CellApi.NotebookScripts";

    /// <summary>The script's address relative to the server's base address, or null.</summary>
    public static string? AddressOf(string file) => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic).Select(a => a.GetType(ScriptsName)).FirstOrDefault(t => t is not null)
        ?.GetMethod("AddressOf", [typeof(string)])?.Invoke(null, [file]) as string;
}
