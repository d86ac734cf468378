namespace AdwUNet.Interactive;

/// <summary>
/// Asks the kernel, without referring to any, where pages of its notebook server find a script: that of `adw` can tell, others have no
/// such method.
/// </summary>
internal static class ServedScript
{
    private const string KernelName = "Microsoft.DotNet.Interactive.Kernel";

    /// <summary>The script's address below the server's base address, or null.</summary>
    public static string? AddressOf(string file) => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic).Select(a => a.GetType(KernelName)).FirstOrDefault(t => t is not null)
        ?.GetMethod("ScriptAddress", [typeof(string)])?.Invoke(null, [file]) as string;
}
