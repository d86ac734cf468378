using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Layering;

/// <summary>Which folder may use which: within and across projects, uses go in one direction, and the notebook engine knows none of them.</summary>
public sealed partial class LayeringTests
{
    private const string RootFiles = "";

    // Folders whose types are used everywhere, in the namespace AdwUNet.
    private static readonly string[] Shared = ["Code", "Errors", "Files", "Machine", "Numerics"];

    // The compiler keeps the order of the projects, this test that of their folders.
    private static readonly (string Project, string[] Folders)[] Order =
    [
        ("AdwUNet.Data", [.. Shared, "Storage", "Imaging", "Evaluation", "Datasets", "Planning", "Preprocessing", "Augmentation", "Sampling", "Phantom"]),
        ("AdwUNet", ["Architectures", "Networks", "Training", "Search", "Prediction"]),
        ("AdwUNet.Cpu", [RootFiles]),
        ("AdwUNet.Mixed", [RootFiles]),
        ("AdwUNet.Runs", [RootFiles, "Scheduling", "Experiments", "Verdict"]),
    ];

    private static readonly string[] AllFolders = [.. Order.SelectMany(project => project.Folders).Where(folder => folder != RootFiles).Except(Shared)];

    private static string Source => Path.Combine(GoldenFiles.Root, "src");

    public static TheoryData<string, string> Folders =>
        [.. Order.SelectMany(project => project.Folders.Select(folder => (project.Project, folder)))];

    public static TheoryData<string> Projects => [.. Order.Select(project => project.Project)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_of_a_project_has_its_place(string project) => Assert.Equal(
        Order.Single(entry => entry.Project == project).Folders.Where(folder => folder != RootFiles).Order(StringComparer.Ordinal),
        Directory.GetDirectories(Path.Combine(Source, project)).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_no_later_one(string project, string folder)
    {
        // The durable runs at the root of AdwUNet.Runs are built on the core. The other root files are used everywhere and use no folder.
        var later = folder != RootFiles && !Shared.Contains(folder) ? AllFolders[(Array.IndexOf(AllFolders, folder) + 1)..]
            : project is "AdwUNet.Runs" or "AdwUNet.Cpu" or "AdwUNet.Mixed" ? ["Scheduling", "Experiments"]
            : AllFolders;
        var files = Sources(project, folder).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => UsedFolders(File.ReadAllText(file), later).Select(used => $"{Path.GetRelativePath(Source, file)} uses {used}")));
    }

    [Theory]
    [InlineData("using AdwUNet.Search;", "Search")]
    [InlineData("using static AdwUNet.Search.SearchState;", "Search")]
    [InlineData("var x = new Search.SearchEpoch();", "Search")]
    [InlineData("AdwUNet.Search.SearchEpoch x;", "Search")]
    [InlineData("/// <see cref=\"Search.SearchEpoch\"/> is what AdwUNet.Search writes", null)]
    [InlineData("var x = \"AdwUNet.Search.SearchEpoch\"; // AdwUNet.Search", null)]
    [InlineData("var x = space.Search.Epochs;", null)]
    [InlineData("using AdwUNet.Planning;", null)]
    public void A_use_is_recognised(string source, string? used) =>
        Assert.Equal(used is null ? [] : [used], UsedFolders(source, ["Search", "Prediction"]));

    [Theory]
    [InlineData("Search/SearchLoop.cs")]
    [InlineData("Training/TrainingLoop.cs")]
    public void A_loop_is_short_and_has_neither_files_nor_locks_nor_memory_guards(string file)
    {
        const int most = 150; // lines: read in one sitting
        var source = File.ReadAllText(Path.Combine(Source, "AdwUNet", file));
        Assert.InRange(source.Split('\n').Length - 1, 1, most);
        Assert.DoesNotMatch(new Regex(@"\b(File|Directory|Path|RunFolder|RunLock|StepMemory|IProgress)\b"), Code(source));
    }

    [Fact]
    public void The_method_has_fewer_than_4000_lines()
    {
        const int most = 4000; // lines: thin enough to be read as a whole
        var folders = Order.Single(entry => entry.Project == "AdwUNet").Folders;
        Assert.InRange(folders.SelectMany(folder => Sources("AdwUNet", folder)).Sum(file => File.ReadLines(file).Count()), 1, most - 1);
    }

    [Fact]
    public void The_core_never_prints() => Assert.Empty(
        Order.SelectMany(project => project.Folders.SelectMany(folder => Sources(project.Project, folder)))
            .Where(file => Printing().IsMatch(Code(File.ReadAllText(file)))).Select(file => Path.GetRelativePath(Source, file)));

    [Fact]
    [Promise("No file that the core or its displays read can run code: only JSON, and numbers with their name and shape, are deserialised")]
    public void Nothing_that_is_read_can_run_code()
    {
        var folders = Order.Select(project => project.Project).Append("AdwUNet.Interactive").Select(name => Path.Combine(GoldenFiles.Root, "src", name));
        var files = folders.SelectMany(folder => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => RunsWhatItReads().IsMatch(Code(File.ReadAllText(file)))).Select(file => Path.GetRelativePath(GoldenFiles.Root, file)));
        PromiseTable.Kept($"{files.Length} source files");
    }

    [Theory]
    [InlineData("var x = torch.load(path);")]
    [InlineData("network.load(path);")]
    [InlineData("torch.jit.load<Tensor, Tensor>(path);")]
    [InlineData("new BinaryFormatter()")]
    [InlineData("Assembly.LoadFrom(path)")]
    [InlineData("Type.GetType(name)")]
    [InlineData("[JsonPolymorphic(IgnoreUnrecognizedTypeDiscriminators = true)]")]
    public void What_can_run_code_is_recognised(string source) => Assert.Matches(RunsWhatItReads(), source);

    [Fact]
    public void The_kernel_knows_neither_the_core_nor_its_displays()
    {
        var folder = Path.Combine(GoldenFiles.Root, "src", "AdwUNet.Kernel");
        var references = XDocument.Load(Path.Combine(folder, "AdwUNet.Kernel.csproj")).Descendants("ProjectReference").ToArray();
        Assert.All(references, reference => Assert.Equal("false", (string?)reference.Attribute("ReferenceOutputAssembly")));
        var files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => OtherProject().IsMatch(Code(File.ReadAllText(file)))).Select(file => Path.GetRelativePath(folder, file)));
    }

    private static string[] Sources(string project, string folder) => folder == RootFiles
        ? Directory.GetFiles(Path.Combine(Source, project), "*.cs")
        : Directory.GetFiles(Path.Combine(Source, project, folder), "*.cs", SearchOption.AllDirectories);

    private static IEnumerable<string> UsedFolders(string source, IEnumerable<string> among)
    {
        var code = Code(source);
        return among.Where(folder => Regex.IsMatch(code, $@"\bAdwUNet\.{folder}\b|(?<![\w.]){folder}\.[A-Z]\w*\b(?!\s*=)") && !OnlyMember(code, folder));
    }

    // A property may have a folder's name (options.Search); then "Search.X" alone says nothing, and only full names and usings count.
    private static bool OnlyMember(string code, string folder) =>
        !Regex.IsMatch(code, $@"\bAdwUNet\.{folder}\b") && Regex.IsMatch(code, $@"[\w>?\]] {folder}\b\s*(\{{|=>|,|\)|;|=)");

    /// <summary>The source without comments and texts.</summary>
    private static string Code(string source) => NoCode().Replace(source, match => match.Value[0] == '/' ? "" : "\"\"");

    [GeneratedRegex(@"\.load\s*(<[^>]*>)?\(|BinaryFormatter|DataContractSerializer|NetDataContract|TypeNameHandling|JsonPolymorphic|JsonDerivedType|Assembly\.Load|Type\.GetType\((?!"")|CSharpScript|DynamicMethod")]
    private static partial Regex RunsWhatItReads();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])'""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"\bConsole\b|\b(Debug|Trace)\.Write")]
    private static partial Regex Printing();

    [GeneratedRegex(@"\bAdwUNet\.(?!Kernel\b)\w+")]
    private static partial Regex OtherProject();
}
