using System.IO.Compression;
using System.Runtime.InteropServices;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Tests.References;

/// <summary>Packages come from a folder that the test makes, so that neither network nor registry is needed.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _id = "Adw.Test.P" + Guid.NewGuid().ToString("N")[..8];

    public PackageTests()
    {
        // NuGet's configuration is the user's: here one beside the notebook, with its own folder for packages.
        _folder.Write("nuget.config", """
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /></packageSources>
            </configuration>
            """);
        Directory.CreateDirectory(_folder.PathOf("feed"));
    }

    public void Dispose() => _folder.Dispose();

    private void Compile(string id, string code, params string[] references)
    {
        var token = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            id, [CSharpSyntaxTree.ParseText(code, cancellationToken: token)],
            [.. Framework.Assemblies.Values.Concat(references).Select(path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.True(compilation.Emit(_folder.PathOf(id + ".dll"), cancellationToken: token).Success);
    }

    private void Pack(string id, string version, string code, string? dependency = null, params string[] references)
    {
        Compile(id, code, references);
        using var archive = ZipFile.Open(_folder.PathOf($"feed/{id}.{version}.nupkg"), ZipArchiveMode.Create);
        archive.CreateEntryFromFile(_folder.PathOf(id + ".dll"), $"lib/net8.0/{id}.dll");
        using var writer = new StreamWriter(archive.CreateEntry(id + ".nuspec").Open());
        var dependencies = dependency is null ? "" : $"<dependencies><group targetFramework=\"net8.0\">{dependency}</group></dependencies>";
        writer.Write($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
            <id>{id}</id><version>{version}</version><authors>test</authors><description>test</description>{dependencies}
            </metadata></package>
            """);
    }

    private async Task<Recorder> Run(string code, CellStatus expected = CellStatus.Succeeded)
    {
        var output = new Recorder();
        var outcome = await new Session(_folder.Root).ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(expected == outcome.Status, string.Join('\n', output.Log));
        return output;
    }

    [Fact]
    public async Task A_package_comes_with_what_it_depends_on_and_is_there_at_the_next_start_without_its_source()
    {
        Pack(_id + "Base", "1.0.0", "public static class Base { public static int N => 20; }");
        Pack(_id, "2.1.0", "public static class Top { public static int N => 2 * Base.N; }",
            $"<dependency id=\"{_id}Base\" version=\"1.0.0\" />", _folder.PathOf(_id + "Base.dll"));
        var code = $"#i \"nuget: feed\"\n#r \"nuget: {_id}, 2.1.0\"\nTop.N + Base.N / 10";
        Assert.Equal("42", (await Run(code)).Value!.Forms[MimeBundle.Plain]);

        foreach (var package in Directory.EnumerateFiles(_folder.PathOf("feed")))
            File.Delete(package);
        Assert.Equal("42", (await Run(code)).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_packages_libraries_for_this_system_are_taken_and_its_native_ones_are_found()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the C library is copied by its Linux name");
        const string code = """
            using System.Runtime.InteropServices;
            public static class Caller { public static string For => "any"; [DllImport("mypackagedmath")] public static extern double cos(double x); }
            """;
        Pack(_id, "1.0.0", code);
        var platform = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        var system = Directory.EnumerateFiles("/lib", "libm.so.6", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).First();
        Compile(_id, code.Replace("any", "Linux", StringComparison.Ordinal));
        using (var archive = ZipFile.Open(_folder.PathOf($"feed/{_id}.1.0.0.nupkg"), ZipArchiveMode.Update))
        {
            archive.CreateEntryFromFile(system, $"runtimes/{platform}/native/libmypackagedmath.so");
            archive.CreateEntryFromFile(_folder.PathOf(_id + ".dll"), $"runtimes/linux/lib/net8.0/{_id}.dll");
            archive.CreateEntryFromFile(system, "runtimes/win-x64/native/mypackagedmath.dll");
        }

        var output = await Run($"#i \"nuget: feed\"\n#r \"nuget: {_id}, 1.0.0\"\n$\"{{Caller.For}} {{Caller.cos(0)}}\"");
        Assert.Equal("Linux 1", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Without_a_version_the_newest_is_taken()
    {
        Pack(_id, "1.0.0", "public static class Top { public static int N => 1; }");
        Pack(_id, "1.2.0", "public static class Top { public static int N => 2; }");
        Assert.Equal("2", (await Run($"#i \"nuget: feed\"\n#r \"nuget: {_id}\"\nTop.N")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task The_newest_is_asked_for_once_a_day_and_without_a_source_the_known_one_holds()
    {
        var code = $"#i \"nuget: feed\"\n#r \"nuget: {_id}\"\nTop.N";
        Pack(_id, "1.0.0", "public static class Top { public static int N => 1; }");
        Assert.Equal("1", (await Run(code)).Value!.Forms[MimeBundle.Plain]);
        Pack(_id, "1.2.0", "public static class Top { public static int N => 2; }");
        Assert.Equal("1", (await Run(code)).Value!.Forms[MimeBundle.Plain]);
        File.SetLastWriteTimeUtc(Assets(), DateTime.UtcNow.AddDays(-2));
        Assert.Equal("2", (await Run(code)).Value!.Forms[MimeBundle.Plain]);

        foreach (var package in Directory.EnumerateFiles(_folder.PathOf("feed")))
            File.Delete(package);
        File.SetLastWriteTimeUtc(Assets(), DateTime.UtcNow.AddDays(-2));
        Assert.Equal("2", (await Run(code)).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_damaged_result_of_an_earlier_restore_is_restored_again()
    {
        Pack(_id, "1.0.0", "public static class Top { public static int N => 1; }");
        var code = $"#i \"nuget: feed\"\n#r \"nuget: {_id}, 1.0.0\"\nTop.N";
        await Run(code);
        foreach (var damaged in (string[])["{ \"targets\": ", "[]", "{ \"targets\": {} }"])
        {
            await File.WriteAllTextAsync(Assets(), damaged, TestContext.Current.CancellationToken);
            Assert.Equal("1", (await Run(code)).Value!.Forms[MimeBundle.Plain]);
        }
    }

    /// <summary>What is kept of this test's packages; there is one, and nothing unfinished beside it.</summary>
    private string Assets() => Path.Combine(
        Assert.Single(Directory.EnumerateDirectories(PackageRestore.CacheFolder), IsOurs), "obj", "project.assets.json");

    private bool IsOurs(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "packages.csproj")).Contains(_id, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // Another test's, which is being made or removed.
            return false;
        }
    }

    [Fact]
    public async Task Error_of_NuGet_is_shown()
    {
        Pack(_id, "1.0.0", "public static class Top { }");
        var output = await Run($"#i \"nuget: feed\"\n#r \"nuget: {_id}, 3.0.0\"", CellStatus.Failed);
        Assert.StartsWith("NU110", output.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains(_id, output.Failure.Message, StringComparison.Ordinal);
    }
}
