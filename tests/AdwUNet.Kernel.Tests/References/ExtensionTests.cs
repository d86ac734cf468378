using System.IO.Compression;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Tests.References;

/// <summary>Extensions of .NET Interactive in packages, which come from a folder that the test makes.</summary>
public sealed class ExtensionTests : IDisposable
{
    private const string Folder = "interactive-extensions/dotnet/";

    private const string Extension = """
        using System.Threading.Tasks;
        using Microsoft.DotNet.Interactive;
        using Microsoft.DotNet.Interactive.Commands;
        using Microsoft.DotNet.Interactive.Formatting;
        public class Thing { public static int Loads; }
        public class ThingExtension : IKernelExtension
        {
            public async Task OnLoadAsync(Kernel kernel)
            {
                Thing.Loads++;
                Formatter.Register<Thing>((thing, writer) => writer.Write("<em>thing</em>"), "text/html");
                await kernel.FindKernelByName("csharp").SendAsync(new SubmitCode("var fromExtension = 6;"));
            }
        }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _id = "Adw.Test.E" + Guid.NewGuid().ToString("N")[..8];
    private readonly Session _session;

    public ExtensionTests()
    {
        _folder.Write("nuget.config", """
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /></packageSources>
            </configuration>
            """);
        Directory.CreateDirectory(_folder.PathOf("feed"));
        _session = new Session(_folder.Root);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    private string Add => $"#i \"nuget: feed\"\n#r \"nuget: {_id}, 1.0.0\"\n";

    private string Compile(string code, string? name = null)
    {
        name ??= _id;
        var token = TestContext.Current.CancellationToken;
        var compilation = CSharpCompilation.Create(
            name, [CSharpSyntaxTree.ParseText(code, cancellationToken: token)],
            Framework.Assemblies.Values.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var emitted = compilation.Emit(_folder.PathOf(name + ".dll"), cancellationToken: token);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return _folder.PathOf(name + ".dll");
    }

    /// <param name="files">Files of the package by their paths in it.</param>
    private void Pack(params (string Path, string Source)[] files)
    {
        using var archive = ZipFile.Open(_folder.PathOf($"feed/{_id}.1.0.0.nupkg"), ZipArchiveMode.Create);
        foreach (var (path, source) in files)
            archive.CreateEntryFromFile(source, path);
        using var writer = new StreamWriter(archive.CreateEntry(_id + ".nuspec").Open());
        writer.Write($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
            <id>{_id}</id><version>1.0.0</version><authors>test</authors><description>test</description>
            </metadata></package>
            """);
    }

    [Theory]
    [InlineData("first")]
    [InlineData("later")]
    public async Task An_extension_is_loaded_once_and_its_formatters_are_used(string cell)
    {
        var library = Compile(Extension);
        // As Plotly.NET.Interactive does it: the same assembly is both a library and an extension.
        Pack(($"lib/net8.0/{_id}.dll", library), ($"{Folder}{_id}.dll", library));
        if (cell == "later")
            await _session.Run("var before = 1;");
        var output = await _session.Run(Add + "new Thing()");
        Assert.Equal("<em>thing</em>", output.Value!.Forms[MimeBundle.Html]);
        await _session.Run(Add);
        output = await _session.Run("$\"{Thing.Loads} {fromExtension} {AppDomain.CurrentDomain.GetAssemblies().Count(each => each.GetName().Name == typeof(Thing).Assembly.GetName().Name)}\"");
        Assert.Equal("1 6 1", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_script_of_an_extension_is_run_with_the_packages_library_in_view()
    {
        var library = Compile("public static class Setup { public static int Calls; public static void Register() => Calls++; }");
        Pack(($"lib/net8.0/{_id}.dll", library), (Folder + "extension.dib", _folder.Write("extension.dib", "#!markdown\n# Thanks\n\n#!csharp\nSetup.Register();\nvar ready = true;\n")));
        var output = await _session.Run(Add + "Setup.Calls");
        Assert.Equal("1", output.Value!.Forms[MimeBundle.Plain]);
        await _session.Run(Add);
        Assert.Equal("1 True", (await _session.Run("$\"{Setup.Calls} {ready}\"")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task The_projects_own_library_as_an_extension_brings_its_displays()
    {
        var library = Path.Combine(Repository.Root, "artifacts", "lib");
        Pack(
        [
            .. Directory.EnumerateFiles(library, "*.dll").Where(file => MappedMetadata.TryGet(file) is not null).Select(file => ($"lib/net10.0/{Path.GetFileName(file)}", file)),
            (Folder + "extension.dib", Path.Combine(Repository.Root, "src", "AdwUNet.Interactive", "extension.dib")),
        ]);
        // The cell names nothing of AdwUNet.Interactive, whose first use would register the displays, too.
        var output = await _session.Run(Add + "Plotly.NET.CSharp.Chart.Point<int, int, string>(x: new[] { 2, 5 }, y: new[] { 4, 1 })");
        Assert.Contains("data-plotly", output.Value!.Forms[MimeBundle.Html], StringComparison.Ordinal);
        Assert.DoesNotContain("<details", output.Value.Forms[MimeBundle.Html], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_packages_own_copies_of_the_engine_are_not_loaded()
    {
        var library = Compile(Extension);
        var engine = typeof(Microsoft.DotNet.Interactive.IKernelExtension).Assembly.Location;
        var formatting = typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly.Location;
        Pack(
            ($"lib/net8.0/{_id}.dll", library), ($"lib/net8.0/{Path.GetFileName(engine)}", engine),
            ($"{Folder}{_id}.dll", library), (Folder + Path.GetFileName(engine), engine), (Folder + Path.GetFileName(formatting), formatting));
        var output = await _session.Run(Add + "display(new Thing());\ntypeof(Microsoft.DotNet.Interactive.Kernel).Assembly.Location");
        Assert.Equal("<em>thing</em>", Assert.Single(output.Displays).Forms[MimeBundle.Html]);
        Assert.Equal(engine, output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task An_extension_that_fails_is_named_and_loaded_again_when_its_package_is_added_again()
    {
        var failing = $"if (!System.IO.File.Exists(@\"{_folder.PathOf("ready")}\")) throw new System.InvalidOperationException(\"no disk\");";
        Pack((Folder + _id + ".dll", Compile(Extension.Replace("Thing.Loads++;", failing, StringComparison.Ordinal))));
        var output = await _session.Run(Add, CellStatus.Failed);
        Assert.Contains("The extension 'ThingExtension'", output.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("no disk", output.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("2", (await _session.Run("1+1")).Value!.Forms[MimeBundle.Plain]);
        await _session.Run(Add, CellStatus.Failed);
        _folder.Write("ready", "");
        Assert.Equal("6", (await _session.Run(Add + "fromExtension")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_package_whose_types_have_the_engines_names_leaves_the_session_usable()
    {
        // In the first cell: what every cell sees must not be looked up among what cells add.
        var library = Compile("namespace Microsoft.DotNet.Interactive { public static class Kernel { public static int Marker = 3; } } namespace System { public static class DisplayExtensions { } }");
        Pack(($"lib/net8.0/{_id}.dll", library));
        await _session.Run(Add);
        Assert.Equal("2", (await _session.Run("1+1")).Value!.Forms[MimeBundle.Plain]);
        Assert.Equal(["display: 7"], (await _session.Run("display(7);")).Log);
    }
}
