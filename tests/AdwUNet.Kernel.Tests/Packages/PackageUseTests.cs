using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Packages;

/// <summary>
/// The packages, used as README.md says from an empty folder outside the repository: in a console project, a script, and notebook cells. Everything together
/// takes about two minutes on two cores.
/// </summary>
public sealed partial class PackageUseTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    private const string Chart = "AdwUNet.Interactive.Charts.Bars([\"encoder\", \"decoder\"], [48, 96], \"channels\", \"Widths\")";
    private const string Cpu = "libtorch-cpu-linux-x64";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static IEnumerable<string> Projects => Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)!);

    [Fact]
    public void Every_project_of_src_is_a_package_and_no_package_names_a_libtorch()
    {
        Assert.Equal(
            Projects.Select(project => $"{project}.{feed.Version}.nupkg").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(feed.Feed).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        foreach (var project in Projects)
        {
            using var package = ZipFile.OpenRead(Path.Combine(feed.Feed, $"{project}.{feed.Version}.nupkg"));
            using var stream = package.GetEntry($"{project}.nuspec")!.Open();
            var nuspec = XDocument.Load(stream);
            string[] Values(string name) => [.. nuspec.Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value)];
            foreach (var name in (string[])["version", "authors", "license", "readme", "description", "tags", "releaseNotes", "repository"])
                Assert.Single(Values(name));
            Assert.Equal("Apache-2.0", Values("license")[0]);
            using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
            // On the page of a package, a link into the repository leads nowhere.
            Assert.Empty(RelativeLink().Matches(readme.ReadToEnd()).Select(link => link.Value));
            string[] needed = [.. nuspec.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!)];
            Assert.DoesNotContain(needed, id => id.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase) || id.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase));
            // The tool is installed alone.
            if (project == "AdwUNet.Kernel")
                Assert.Empty(needed);
            else
                Assert.Contains("TorchSharp", needed);
            if (project == "AdwUNet.Runs") Assert.Contains("AdwUNet.Cpu", needed);
        }
    }

    [Fact]
    public void A_console_project_trains_five_steps()
    {
        SkipUnlessLinux();
        Assert.Equal(6, feed.Losses.Count);
        Assert.All(feed.Losses.Take(5), (line, i) => Assert.Matches($@"^step {i + 1}: loss \d\.\d{{4}}$", line));
        Assert.Matches(@"^validation loss \d\.\d{4}$", feed.Losses[5]);
    }

    [Fact]
    public void A_script_trains_the_same_five_steps()
    {
        SkipUnlessLinux();
        Assert.Equal(feed.Losses, PackageFeed.LossesOf(feed.Shell(feed.Readme[3])));
    }

    [Fact]
    public void A_notebook_in_the_installed_adw_trains_the_same_five_steps_and_shows_a_chart()
    {
        SkipUnlessLinux();
        var cells = new[] { feed.Readme[4], feed.Readme[1], Chart }.Select(code => new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["metadata"] = new JsonObject(),
            ["outputs"] = new JsonArray(),
            ["source"] = code,
        });
        var notebook = new JsonObject { ["cells"] = new JsonArray([.. cells]), ["metadata"] = new JsonObject(), ["nbformat"] = 4, ["nbformat_minor"] = 4 };
        File.WriteAllText(Path.Combine(feed.Folder, "notebook.ipynb"), notebook.ToJsonString());
        feed.Shell(feed.Readme[5]);
        var outputs = JsonNode.Parse(File.ReadAllText(Path.Combine(feed.Folder, "out", "notebook.ipynb")))!["cells"]!.AsArray().Select(cell => cell!["outputs"]!.AsArray()).ToArray();
        Assert.Equal(feed.Losses, PackageFeed.LossesOf(Text(outputs[1].Single()!["text"]!)));
        Assert.Contains("data-plotly", Text(outputs[2].Single()!["data"]!["text/html"]!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_in_NET_Interactive_trains_the_same_five_steps_and_shows_a_chart_beside_another_libtorch_of_the_system()
    {
        SkipUnlessLinux();
        Assert.SkipWhen(DotNetInteractive.Spec is null, DotNetInteractive.Missing);
        var folder = Directory.CreateDirectory(Path.Combine(feed.Folder, "interactive")).FullName;
        // Like Debian's python3-torch: libraries of libtorch's names, without what TorchSharp calls.
        var system = Directory.CreateDirectory(Path.Combine(folder, "system")).FullName;
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
            File.Copy("/lib/x86_64-linux-gnu/libm.so.6", Path.Combine(system, name));
        var spec = DotNetInteractive.Spec!;
        using var kernel = KernelProcess.StartReady(
            spec with { Environment = new Dictionary<string, string>(spec.Environment) { ["LD_LIBRARY_PATH"] = system } }, folder);
        Assert.Null(kernel.Client.Execute(feed.Readme[4], Patience).Error);
        var training = kernel.Client.Execute(feed.Readme[1], Patience);
        Assert.True(training.Error is null, training.Error);
        Assert.Equal(feed.Losses, PackageFeed.LossesOf(training.Printed));
        var chart = kernel.Client.Execute(Chart, Patience);
        Assert.Null(chart.Error);
        Assert.Contains("data-plotly", (string)chart.Of("execute_result").Single().Content["data"]!["text/html"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_may_use_TorchSharp_before_the_library()
    {
        SkipUnlessLinux();
        Console("first", (Cpu, "2.10.0"));
        Assert.Contains("42", feed.Shell("dotnet run --project first").Split('\n'));
    }

    [Fact]
    public void A_program_without_a_libtorch_is_told_which_package_to_add()
    {
        SkipUnlessLinux();
        Console("without");
        var output = feed.Shell("dotnet run --project without", succeeds: false);
        Assert.Contains($"There is no libtorch here: add the package {Cpu} 2.10.0 (or TorchSharp-cuda-linux for an NVIDIA GPU)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("LoadNativeBackend", output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\]\((?!https?://|#)[^)]*\)")]
    private static partial Regex RelativeLink();

    private static void SkipUnlessLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "the commands are those of Linux");

    private static string Text(JsonNode text) => text is JsonArray lines ? string.Concat(lines.Select(line => (string)line!)) : (string)text!;

    /// <summary>Writes the console project that <c>dotnet new console</c> and <c>dotnet add package</c> make. (Each of them would restore once more.)</summary>
    private void Console(string name, params (string Id, string Version)[] packages)
    {
        var references = packages.Prepend(("AdwUNet.Data", feed.Version)).Select(package => $"""<PackageReference Include="{package.Item1}" Version="{package.Item2}" />""");
        var folder = Directory.CreateDirectory(Path.Combine(feed.Folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Program.cs"), "System.Console.WriteLine(TorchSharp.torch.ones(42).sum().item<float>());");
        File.WriteAllText(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net{Environment.Version.Major}.{Environment.Version.Minor}</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """);
    }
}
