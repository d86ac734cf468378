using System.Reflection;
using System.Text.RegularExpressions;

namespace AdwUNet.Tests.Golden;

/// <summary>Runs after all others, alone: then everything that they compared is known.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AfterAllOthers
{
    public const string Name = "after all others";
}

/// <summary>PARITY.md against what the golden tests of this run saw.</summary>
[Collection(AfterAllOthers.Name)]
public partial class ParityTests
{
    private const string Hippocampus = "preprocess_hippocampus"; // real data: not part of the repository

    private static bool HasHippocampus => File.Exists(GoldenFiles.Hippocampus);

    [Fact]
    public void PARITY_md_lists_exactly_what_was_compared()
    {
        var missing = GoldenMethods().Except(ParityTable.ComparingMethods).ToArray();
        Assert.SkipWhen(
            missing.Length > 0,
            $"The table is compared when all golden tests run; these did not, or compared nothing: {string.Join(", ", missing)}.");
        if (ParityTable.IsWriting)
        {
            ParityTable.Write();
        }

        var expected = ParityTable.FileRows.Where(row => HasHippocampus || !row.StartsWith(Hippocampus, StringComparison.Ordinal));
        Assert.Equal(expected, ParityTable.SeenRows);
    }

    [Fact]
    public void README_summarises_PARITY()
    {
        var text = File.ReadAllText(ParitySummary.Readme);
        Assert.Equal(ParitySummary.Into(text, ParityTable.AllRows()), text);
    }

    // By convention a test that compares with a golden file has that file's name in its own.
    private static IEnumerable<string> GoldenMethods() => typeof(ParityTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute))
        .Where(method => GoldenName().IsMatch(method.Name))
        .Where(method => HasHippocampus || !method.Name.Contains(Hippocampus, StringComparison.Ordinal))
        .Select(method => $"{method.DeclaringType}.{method.Name}");

    [GeneratedRegex("_(npz|json|golden_nifti)$|_(npz|json)_")]
    private static partial Regex GoldenName();
}
