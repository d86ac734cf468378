using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Tests.Packages;

/// <summary>
/// A feed of the packages of this build under a version of their own, and a folder outside the repository in which README.md's commands run. The packages
/// are removed from NuGet's folder at the end; those of others, such as libtorch, stay there.
/// </summary>
public sealed partial class PackageFeed : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string[]> _losses;

    /// <summary>Packs what the tests were built with: nothing is compiled again.</summary>
    public PackageFeed()
    {
        Version = string.Create(CultureInfo.InvariantCulture, $"0.0.1-test.{DateTime.UtcNow.Ticks}");
        Readme = ReadReadme();
        var configuration = Path.GetFileName(Path.GetDirectoryName(Repository.Command)!);
        Shell($"dotnet pack '{Repository.Root}' --no-build -c {configuration} -p:PackageVersion={Version} -p:PackageOutputPath=\"$FEED\" -nodeReuse:false");
        Shell(Readme[0]);
        File.WriteAllText(_folder.PathOf("train.cs"), Readme[1]);
        _losses = new(() => LossesOf(Shell(Readme[2])));
    }

    /// <summary>The folder of the packages.</summary>
    public string Feed => _folder.PathOf("feed");

    /// <summary>The folder outside the repository.</summary>
    public string Folder => _folder.Root;

    /// <summary>The version of the packages.</summary>
    public string Version { get; }

    /// <summary>What the console project prints of its five steps.</summary>
    public IReadOnlyList<string> Losses => _losses.Value;

    /// <summary>
    /// The code blocks of README.md's section, with this feed and this version: source of packages, program, console project, script, notebook cell, adw.
    /// </summary>
    public IReadOnlyList<string> Readme { get; }

    /// <summary>The lines that tell a loss.</summary>
    public static string[] LossesOf(string output) => [.. output.Split('\n').Select(line => line.Trim()).Where(line => line.Contains("loss ", StringComparison.Ordinal))];

    /// <summary>Runs commands of a shell in the folder, and expects them to succeed or to fail.</summary>
    /// <returns>What they printed.</returns>
    public string Shell(string commands, bool succeeds = true)
    {
        var log = _folder.PathOf(Path.GetRandomFileName());
        // Into a file: a compiler server that outlives the command would keep a pipe open.
        var start = new ProcessStartInfo("bash", ["-c", $"exec >'{log}' 2>&1; set -euo pipefail\n{commands}"]) { WorkingDirectory = Folder };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["FEED"] = Feed,
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            // The outputs of scripts and the packages of notebooks go here, and links to libtorch take no room.
            ["XDG_DATA_HOME"] = _folder.PathOf("share"),
            ["ADW_CACHE"] = _folder.PathOf("adw"),
            ["CreateHardLinksForCopyLocalIfPossible"] = "true",
        })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{commands} did not end within {Patience.TotalMinutes} minutes: {File.ReadAllText(log)}");
        }

        var output = File.ReadAllText(log);
        Assert.True(succeeds == (process.ExitCode == 0), $"{commands} ended with {process.ExitCode}: {output}");
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in Directory.EnumerateDirectories(packages, "adwunet*").Select(folder => Path.Combine(folder, Version)).Where(Directory.Exists))
            Directory.Delete(package, recursive: true);
        _folder.Dispose();
    }

    private string[] ReadReadme()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).Replace("1.0.0", Version, StringComparison.Ordinal);
        var section = text.Split("\n## As a library\n")[1].Split("\n## ")[0];
        string[] blocks = [.. Block().Matches(section).Select(match => match.Groups[1].Value)];
        blocks[4] = blocks[4].Replace("FEED", Feed, StringComparison.Ordinal);
        return blocks;
    }

    [GeneratedRegex("^```\\w+\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
