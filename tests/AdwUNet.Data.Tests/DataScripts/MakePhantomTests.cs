using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.DataScripts;

public sealed class MakePhantomTests(MakePhantom make) : IClassFixture<MakePhantom>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("make-phantom-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Makes_what_the_options_say_once()
    {
        string[] arguments = [_folder, "--name", "Task99_Small", "--cases", "2", "--test-cases", "1", "--seed", "7", "--size", "12,16,14",
            "--size-variation", "0", "--spacing", "2,1,1.5", "--modalities", "2", "--parts", "3", "--noise", "0.5", "--skull-stripped"];
        var (code, output, errors) = make.Script(arguments);
        Assert.True(code == 0, errors);
        Assert.Contains("3 cases in", output);
        var target = Path.Combine(_folder, "Task99_Small");
        var image = Nifti.ReadVolume(Path.Combine(target, "imagesTr", "phantom_001.nii.gz"));
        Assert.Equal((2, new Shape3(12, 16, 14), new Spacing3(2, 1, 1.5)), (image.Channels, image.Shape, image.Spacing));
        Assert.Equal(["phantom_001.nii.gz", "phantom_002.nii.gz"], Names(target, "labelsTr"));
        Assert.Equal(["phantom_003.nii.gz"], Names(target, "imagesTs"));

        (code, output, _) = make.Script(arguments);
        Assert.Equal(0, code);
        Assert.Contains("already there", output);

        (code, _, errors) = make.Script([.. arguments, "--seed", "8"]);
        Assert.Equal(1, code);
        Assert.Contains("something else", errors);
    }

    [Fact]
    public void Without_a_size_the_field_of_view_stays_the_usual()
    {
        var (code, _, errors) = make.Script(_folder, "--cases", "1", "--size-variation", "0", "--spacing", "3.6,1,1", "--ct");
        Assert.True(code == 0, errors);
        var image = Nifti.ReadVolume(Path.Combine(_folder, "Task00_Phantom", "imagesTr", "phantom_001.nii.gz"));
        Assert.Equal(new Shape3(10, 50, 35), image.Shape);
        Assert.True(image.Data.Min() < -900, "air");
    }

    public static TheoryData<string[], string> Wrong => new()
    {
        { ["a", "b"], "b is a second" },
        { ["--quick"], "no option --quick" },
        { ["--cases"], "needs a value" },
        { ["--cases", "many"], "needs a number" },
        { ["--cases", "0"], "0 cases" },
        { ["--size", "1,2"], "three numbers" },
        { ["--size", "1,2,3"], "too small" },
        { ["--ct", "--modalities", "2"], "CT" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_arguments_end_with_2(string[] arguments, string message)
    {
        var (code, _, errors) = make.Script(arguments);
        Assert.Equal(2, code);
        Assert.Contains(message, errors);
    }

    [Fact]
    public void Help_names_every_option()
    {
        var (code, output, _) = make.Script("--help");
        Assert.Equal(0, code);
        Assert.Contains("--skull-stripped", output);
    }

    private static IEnumerable<string?> Names(string target, string part) =>
        Directory.EnumerateFiles(Path.Combine(target, part)).Select(Path.GetFileName).Order();
}
