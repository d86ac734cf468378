namespace AdwUNet.Kernel.References;

/// <summary>The folders that the SDK needs to restore packages. If one is missing, the SDK shows a stack trace instead of the cause.</summary>
internal static class UserFolders
{
    /// <summary>Checks the user's folders.</summary>
    /// <exception cref="NotebookException">A folder does not exist.</exception>
    public static void Check()
    {
        Require("TMPDIR", "for temporary files", Path.GetTempPath());
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DOTNET_CLI_HOME"))
            && Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home)
            Require("HOME", "of the user", home);
    }

    private static void Require(string variable, string purpose, string folder)
    {
        if (!Directory.Exists(folder))
            throw new NotebookException(
                $"Packages cannot be restored: the folder {purpose}, '{folder}', does not exist; set the environment variable {variable} to one that does.");
    }
}
