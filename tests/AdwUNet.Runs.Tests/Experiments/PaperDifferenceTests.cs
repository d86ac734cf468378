using System.Text;
using AdwUNet.Experiments;

namespace AdwUNet.Runs.Tests.Experiments;

public class PaperDifferenceTests
{
    private static readonly RunSettings Code = RunSettings.Of(Profile.Paper);

    [Fact]
    public void All_differences_together_turn_the_settings_of_the_code_into_those_of_the_text()
    {
        Assert.NotEqual(Json(RunSettings.Of(Profile.PaperText)), Json(Code));
        Assert.Equal(Json(RunSettings.Of(Profile.PaperText)), Json(PaperDifference.AllAsInText(Code)));
    }

    [Fact]
    public void Each_difference_changes_the_options_that_it_names_and_no_others() => Assert.All(PaperDifference.All, difference =>
    {
        var (code, text) = (Json(Code).Split('\n'), Json(difference.AsInText(Code)).Split('\n'));
        var changed = text.Except(code).Select(line => line.Trim().Split('"')[1]).Distinct();
        var named = difference.Option.Split(", ").Select(option => option.Split('.')[^1]).Distinct();
        Assert.Equal(named, changed, StringComparer.OrdinalIgnoreCase);
    });

    [Fact]
    public void The_weight_decays_are_those_of_the_profiles() => Assert.Equal(
        ("1e-3 in search and training", "3e-5, inherited from nnU-Net v1"), (PaperDifference.All[0].Text, PaperDifference.All[0].Code));

    private static string Json(RunSettings settings) => Encoding.UTF8.GetString(JsonFile.Serialize(settings));
}
