using System.Runtime.InteropServices;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Tests.References;

public sealed class LibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Compile(string name, string code, params string[] references)
    {
        var compilation = CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText(code, cancellationToken: TestContext.Current.CancellationToken)],
            [.. Framework.Assemblies.Values.Concat(references).Select(path => MetadataReference.CreateFromFile(path))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var path = _folder.PathOf(name + ".dll");
        var emitted = compilation.Emit(path, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return path;
    }

    private static async Task<Recorder> Run(Session session, string code, CellStatus expected = CellStatus.Succeeded)
    {
        var output = new Recorder();
        var outcome = await session.ExecuteAsync(code, output, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(expected == outcome.Status, string.Join('\n', output.Log));
        return output;
    }

    [Fact]
    public async Task A_library_and_what_lies_beside_it_can_be_used()
    {
        var lower = Compile("Lower", "namespace Low; public class Box { public int N = 5; }");
        Compile("Upper", "namespace Up; public static class Maker { public static Low.Box Make() => new(); }", lower);
        var output = await Run(new Session(_folder.Root), "#r \"Upper.dll\"\nvar box = Up.Maker.Make();\nnew Low.Box().N + box.N");
        Assert.Equal("10", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Naming_each_library_works_too()
    {
        var lower = Compile("Lower", "namespace Low; public class Box { public int N = 5; }");
        Compile("Upper", "namespace Up; public static class Maker { public static Low.Box Make() => new(); }", lower);
        var output = await Run(new Session(_folder.Root), "#r \"Upper.dll\"\n#r \"Lower.dll\"\nusing Low;\nUp.Maker.Make() is Box");
        Assert.Equal("True", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_library_finds_the_kernels_display_without_knowing_the_kernel()
    {
        // What src/AdwUNet.Kernel/README.md offers to libraries for displays that change.
        Compile("Shower", """
            using System; using System.Linq;
            public static class Shower
            {
                public static Action<object> Show(object value)
                {
                    var kernel = AppDomain.CurrentDomain.GetAssemblies()
                        .Select(a => a.GetType("Microsoft.DotNet.Interactive.Kernel")).First(t => t is not null);
                    object shown = kernel.GetMethod("display").Invoke(null, new object[] { value, Array.Empty<string>() });
                    return next => shown.GetType().GetMethod("Update").Invoke(shown, new[] { next });
                }
            }
            """);
        var output = await Run(new Session(_folder.Root), "#r \"Shower.dll\"\nvar update = Shower.Show(\"0 %\");\nupdate(\"50 %\"); update(\"100 %\");");
        Assert.Equal(["display: 0 %", "update: 50 %", "update: 100 %"], output.Log);
    }

    [Fact]
    public async Task A_library_registers_formatters_that_the_kernel_uses()
    {
        Compile("Pretty", """
            using Microsoft.DotNet.Interactive.Formatting;
            public class Thing { public static void Register() => Formatter.Register<Thing>(_ => "<em>thing</em>", "text/html"); }
            """);
        var output = await Run(new Session(_folder.Root), "#r \"Pretty.dll\"\nThing.Register();\nnew Thing()");
        Assert.Equal("<em>thing</em>", output.Value!.Forms[MimeBundle.Html]);
    }

    [Fact]
    public async Task A_native_library_is_found_beside_or_below_runtimes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the C library is copied by its Linux name");
        Compile("Caller", """
            using System.Runtime.InteropServices;
            public static class Caller { [DllImport("mymath")] public static extern double cos(double x); }
            """);
        var native = Directory.CreateDirectory(_folder.PathOf($"runtimes/linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/native"));
        var system = Directory.EnumerateFiles("/lib", "libm.so.6", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).First();
        File.Copy(system, Path.Combine(native.FullName, "libmymath.so"));
        var output = await Run(new Session(_folder.Root), "#r \"Caller.dll\"\nCaller.cos(0)");
        Assert.Equal("1", output.Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_library_may_load_a_native_file_that_the_system_does_not_load()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the C library is loaded by its Linux name");
        _folder.Write("libbroken.so", "not a library");
        Compile("Caller", """
            using System.Runtime.InteropServices;
            using System.Runtime.Loader;
            public static class Caller
            {
                public static void Help() => AssemblyLoadContext.GetLoadContext(typeof(Caller).Assembly).ResolvingUnmanagedDll
                    += (_, name) => name == "broken" ? NativeLibrary.Load("libm.so.6") : 0;
                [DllImport("broken")] public static extern double cos(double x);
            }
            """);
        var alone = await Run(new Session(_folder.Root), "#r \"Caller.dll\"\nCaller.cos(0)", CellStatus.Failed);
        Assert.Equal(nameof(DllNotFoundException), alone.Failure!.Name);
        Assert.Contains(_folder.PathOf("libbroken.so"), alone.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("1", (await Run(new Session(_folder.Root), "#r \"Caller.dll\"\nCaller.Help();\nCaller.cos(0)")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task Sessions_may_use_different_builds_of_a_library()
    {
        using var other = new TemporaryFolder();
        Compile("Lib", "public static class Lib { public static int N => 1; }");
        File.Move(_folder.PathOf("Lib.dll"), other.PathOf("Lib.dll"));
        Compile("Lib", "public static class Lib { public static int N => 2; }");
        var first = new Session(other.Root);
        await Run(first, "#r \"Lib.dll\"\nvar n = Lib.N;");
        Assert.Equal("2", (await Run(new Session(_folder.Root), "#r \"Lib.dll\"\nLib.N")).Value!.Forms[MimeBundle.Plain]);
        Assert.Equal("1", (await Run(first, "Lib.N")).Value!.Forms[MimeBundle.Plain]);
    }

    [Fact]
    public async Task A_file_that_is_no_library_is_refused()
    {
        _folder.Write("text.dll", "not a library");
        var output = await Run(new Session(_folder.Root), "#r \"text.dll\"", CellStatus.Failed);
        Assert.Contains("is not a .NET assembly", output.Failure!.Message, StringComparison.Ordinal);
    }
}
