using System.Diagnostics;

namespace AdwUNet.Interactive.Tests.Pages;

/// <summary>
/// The pages to look at: those of the notebooks in <c>gallery</c>, which hold every kind of display, run and exported once; or those of a
/// folder that the environment variable <c>ADWUNET_SITE</c> names, such as <c>notebooks/out</c> after <c>adw run notebooks --html</c>.
/// </summary>
public sealed class SiteFixture : IDisposable
{
    /// <summary>Names a folder of pages to look at instead of the gallery's.</summary>
    public const string Variable = "ADWUNET_SITE";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string? _root;

    /// <summary>Makes the gallery's pages where no others are named.</summary>
    public SiteFixture()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            Folder = Path.GetFullPath(named, Repository.Root); // wherever the tests are run from
            Assert.True(Directory.Exists(Folder), $"{Variable} names {Folder}, which is not there; run 'adw run notebooks --html' first.");
            return;
        }

        _root = Directory.CreateTempSubdirectory("adwunet-pages-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(_root, "artifacts"), Path.Combine(Repository.Root, "artifacts"));
        var notebooks = Directory.CreateDirectory(Path.Combine(_root, "notebooks")).FullName;
        foreach (var notebook in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "AdwUNet.Interactive.Tests", "Pages", "gallery"), "*.ipynb"))
        {
            File.Copy(notebook, Path.Combine(notebooks, Path.GetFileName(notebook)));
        }

        Folder = Path.Combine(notebooks, "out");
        Messages = Export();
    }

    /// <summary>The folder of the pages.</summary>
    public string Folder { get; }

    /// <summary>Whether they are the gallery's, of which it is known what must be there.</summary>
    public bool IsGallery => _root is not null;

    /// <summary>What the export said.</summary>
    public string Messages { get; } = "";

    /// <summary>Every page, the index among them.</summary>
    public IReadOnlyList<string> Pages => [.. Directory.GetFiles(Folder, "*.html").Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_root is null)
        {
            return;
        }

        // The link first: what it leads to stays.
        Directory.Delete(Path.Combine(_root, "artifacts"));
        Directory.Delete(_root, recursive: true);
    }

    private string Export()
    {
        var start = new ProcessStartInfo("dotnet", [Repository.Command, "run", "notebooks", "--html"])
        {
            WorkingDirectory = _root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("The gallery's notebooks take too long.");
        }

        return output.Result + errors.Result;
    }
}
