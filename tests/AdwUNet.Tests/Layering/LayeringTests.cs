using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Tests.Layering;

/// <summary>Who may use whom: data flows through the folders of the core in one direction, and the notebook engine knows none of it.</summary>
public sealed partial class LayeringTests
{
    private const string RootFiles = "";

    private static readonly string[] Order =
    [
        RootFiles, "Imaging", "Planning", "Sampling", "Architectures", "Networks", "Training", "Search", "Prediction", "Experiments",
    ];

    private static string Core => Path.Combine(GoldenFiles.Root, "src", "AdwUNet");

    public static TheoryData<string> Folders => [.. Order];

    [Fact]
    public void Every_folder_of_the_core_has_its_place() => Assert.Equal(
        Order.Where(folder => folder != RootFiles).Order(StringComparer.Ordinal),
        Directory.GetDirectories(Core).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_of_the_core_uses_no_later_one(string folder)
    {
        var later = Order[(Array.IndexOf(Order, folder) + 1)..];
        var files = Sources(folder).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => UsedFolders(File.ReadAllText(file), later).Select(used => $"{Path.GetRelativePath(Core, file)} uses {used}")));
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

    [Fact]
    public void The_core_never_prints() => Assert.Empty(
        Order.SelectMany(Sources).Where(file => Printing().IsMatch(Code(File.ReadAllText(file)))).Select(file => Path.GetRelativePath(Core, file)));

    [Fact]
    [Promise("No file that the core or its displays read can run code: nothing is deserialised but JSON, and numbers by their name and shape")]
    public void Nothing_that_is_read_can_run_code()
    {
        var folders = new[] { "AdwUNet", "AdwUNet.Interactive" }.Select(name => Path.Combine(GoldenFiles.Root, "src", name));
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

    private static IEnumerable<string> Sources(string folder) => folder == RootFiles
        ? Directory.GetFiles(Core, "*.cs")
        : Directory.GetFiles(Path.Combine(Core, folder), "*.cs", SearchOption.AllDirectories);

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

    [GeneratedRegex(@"\.load\s*(<[^>]*>)?\(|BinaryFormatter|DataContractSerializer|NetDataContract|TypeNameHandling|JsonPolymorphic|JsonDerivedType|Assembly\.Load|Type\.GetType\(|CSharpScript|DynamicMethod")]
    private static partial Regex RunsWhatItReads();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])'""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"\bConsole\b|\b(Debug|Trace)\.Write")]
    private static partial Regex Printing();

    [GeneratedRegex(@"\bAdwUNet\.(?!Kernel\b)\w+")]
    private static partial Regex OtherProject();
}
