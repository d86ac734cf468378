using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.References;

/// <summary>The files of a set of packages for this machine.</summary>
/// <param name="Managed">Assemblies.</param>
/// <param name="Native">Native libraries.</param>
/// <param name="Extensions">Folders with extensions of .NET Interactive.</param>
internal sealed record RestoredPackages(IReadOnlyList<string> Managed, IReadOnlyList<string> Native, IReadOnlyList<string> Extensions);

/// <summary>
/// Restores packages with the SDK: it writes a project that references them, and restores it with the user's own
/// NuGet configuration. The restored project is kept in a folder named after the request, so that the next start
/// needs neither NuGet nor a network. The folder gets its name only when it is complete.
/// </summary>
internal static partial class PackageRestore
{
    private const string AssetsFile = "obj/project.assets.json";

    /// <summary>How long a cached newest version counts as the newest one.</summary>
    private static readonly TimeSpan NewestHolds = TimeSpan.FromDays(1);

    /// <summary>Where restored projects are kept: <c>ADW_CACHE</c>, or a folder of the user's.</summary>
    public static string CacheFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("ADW_CACHE") is { Length: > 0 } chosen)
                return chosen;
            var user = Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(user.Length > 0 ? user : Path.GetTempPath(), "adw", "packages");
        }
    }

    /// <summary>Restores packages.</summary>
    /// <param name="requests">What is asked for.</param>
    /// <param name="sources">Package sources beside the configured ones.</param>
    /// <param name="configurationFolder">Where the search for nuget.config begins.</param>
    /// <param name="cancellationToken">Ends the restore.</param>
    /// <exception cref="NotebookException">NuGet fails; the message contains NuGet's own message.</exception>
    public static async Task<RestoredPackages> RestoreAsync(
        IReadOnlyCollection<PackageRequest> requests,
        IReadOnlyCollection<string> sources,
        string configurationFolder,
        CancellationToken cancellationToken)
    {
        var project = ProjectText(requests, sources, configurationFolder);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16];
        var folder = Path.Combine(CacheFolder, hash);
        var cached = TryReadAssets(folder);
        if (cached is not null && (!requests.Any(request => request.IsFloating) || IsFresh(folder)))
            return cached;
        UserFolders.Check();
        var unfinished = $"{folder}.{Path.GetRandomFileName()}";
        try
        {
            await RestoreIntoAsync(unfinished, project, cancellationToken).ConfigureAwait(false);
            Publish(unfinished, folder);
        }
        catch (NotebookException) when (cached is not null)
        {
            // Without a network, the cached version counts as the newest one until the next check.
            File.SetLastWriteTimeUtc(Path.Combine(folder, AssetsFile), DateTime.UtcNow);
            return cached;
        }
        finally
        {
            DeleteIfThere(unfinished);
        }

        return TryReadAssets(folder)
            ?? throw new NotebookException($"The packages were restored, but files that {folder}/{AssetsFile} lists are missing.");
    }

    private static bool IsFresh(string folder) =>
        DateTime.UtcNow - File.GetLastWriteTimeUtc(Path.Combine(folder, AssetsFile)) < NewestHolds;

    /// <summary>Gives the restored project its name. If two processes restore it at the same time, either result is used.</summary>
    private static void Publish(string unfinished, string folder)
    {
        DeleteIfThere(folder);
        try
        {
            Directory.Move(unfinished, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster.
        }
    }

    private static void DeleteIfThere(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Another process deletes it, too, or has put a new one there.
        }
    }

    private static async Task RestoreIntoAsync(string folder, string project, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "packages.csproj"), project, cancellationToken).ConfigureAwait(false);
        // Isolates the project from build files in the folders above it.
        foreach (var file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            await File.WriteAllTextAsync(Path.Combine(folder, file), "<Project />\n", cancellationToken).ConfigureAwait(false);
        await RunRestoreAsync(folder, cancellationToken).ConfigureAwait(false);
    }

    private static string ProjectText(
        IEnumerable<PackageRequest> requests, IEnumerable<string> sources, string configurationFolder)
    {
        var text = new StringBuilder();
        text.AppendLine("<Project Sdk=\"Microsoft.NET.Sdk\">");
        text.AppendLine("  <PropertyGroup>");
        text.AppendLine($"    <TargetFramework>net{Environment.Version.Major}.{Environment.Version.Minor}</TargetFramework>");
        text.AppendLine($"    <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>");
        text.AppendLine("    <SelfContained>false</SelfContained>");
        text.AppendLine("    <NuGetAudit>false</NuGetAudit>");
        text.AppendLine($"    <RestoreRootConfigDirectory>{SecurityElement.Escape(configurationFolder)}</RestoreRootConfigDirectory>");
        if (sources.Any())
            text.AppendLine($"    <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', sources))}</RestoreAdditionalProjectSources>");
        text.AppendLine("  </PropertyGroup>");
        text.AppendLine("  <ItemGroup>");
        foreach (var request in requests.OrderBy(request => request.Id, StringComparer.OrdinalIgnoreCase))
            text.AppendLine($"    <PackageReference Include=\"{request.Id}\" Version=\"{request.Version ?? "*"}\" />");
        text.AppendLine("  </ItemGroup>");
        text.AppendLine("</Project>");
        return text.ToString();
    }

    private static async Task RunRestoreAsync(string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Framework.DotnetCommand, ["restore", "packages.csproj", "-v", "quiet", "--nologo"])
        {
            WorkingDirectory = folder,
            // It gets no terminal, because it would change the terminal's settings.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A parent `dotnet run` passes on settings of its own build, which must not apply to this one.
        foreach (var name in (string[])["MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBuildLoadMicrosoftTargetsReadOnly"])
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        // Servers that outlive the restore would keep its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start) ?? throw new NotebookException("'dotnet restore' could not be started.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var text = await output.ConfigureAwait(false) + await errors.ConfigureAwait(false);
            if (process.ExitCode != 0)
                throw new NotebookException(ErrorText(text));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static string ErrorText(string output)
    {
        var errors = ErrorLine().Matches(output).Select(match => match.Groups[1].Value.Trim()).Distinct().ToList();
        return errors.Count > 0 ? string.Join(Environment.NewLine, errors) : "dotnet restore failed: " + output.Trim();
    }

    /// <summary>The result of a restored project; null if it was not restored, or if its files no longer exist.</summary>
    private static RestoredPackages? TryReadAssets(string folder)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, AssetsFile))) is JsonObject assets ? ReadAssets(assets) : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private static RestoredPackages? ReadAssets(JsonObject assets)
    {
        if (assets["logs"] is JsonArray logs && logs.Any(log => log.Text("level") == "Error"))
            return null;
        var suffix = "/" + RuntimeInformation.RuntimeIdentifier;
        var target = (assets["targets"] as JsonObject)?.FirstOrDefault(entry => entry.Key.EndsWith(suffix, StringComparison.Ordinal)).Value as JsonObject;
        if (target is null || assets["packageFolders"] is not JsonObject folders)
            return null;
        var managed = new List<string>();
        var native = new List<string>();
        var extensions = new List<string>();
        foreach (var (library, content) in target)
        {
            if (assets.Text("libraries", library, "path") is not { } path)
                continue;
            extensions.AddRange(folders.Select(root => Path.Combine(root.Key, path, "interactive-extensions", "dotnet")).Where(Directory.Exists).Take(1));
            foreach (var (kind, list) in ((string, List<string>)[])[("runtime", managed), ("native", native)])
            {
                foreach (var (asset, _) in (content as JsonObject)?[kind] as JsonObject ?? [])
                {
                    if (Path.GetFileName(asset) == "_._")
                        continue;
                    if (folders.Select(root => Path.Combine(root.Key, path, asset)).FirstOrDefault(File.Exists) is not { } found)
                        return null;
                    list.Add(found);
                }
            }
        }

        return new RestoredPackages(managed, native, extensions);
    }

    [GeneratedRegex(@"error (NU\d+: .*?)(?: \[[^\]]*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
