using AdwUNet.Evaluation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Tests.Planning;
using AdwUNet.Tests.Prediction;
using static TorchSharp.torch;

namespace AdwUNet.Runs.Tests;

/// <summary>Folders of scans of any format. The network finds what is bright in the last channel.</summary>
public sealed class SegmentFolderTests : IDisposable
{
    /// <summary>Half way between the dark and the bright voxels of a scan, as a z-score.</summary>
    private const double Middle = 1.2;

    private static readonly Shape3 Shape = new(9, 14, 11);
    private static readonly string[] Endings = [".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd"];

    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string In => _folder.PathOf("scans");

    private string Out => _folder.PathOf("segmentations");

    public SegmentFolderTests() => Directory.CreateDirectory(In);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [Promise("A folder of scans in any format, with one file for all channels or one for each, becomes a folder of segmentations in the scans' formats and geometry")]
    public void Scans_of_every_format_are_segmented_at_their_places(int channels, bool byChannel)
    {
        foreach (var ending in Endings) Write("scan of " + ending[1..], ending, channels, byChannel);
        using var network = Bright(channels);

        var result = Segmenter(network, channels).SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);

        Assert.Empty(result.Faults);
        Assert.Equal(Endings.Length, result.Scans.Count);
        var expected = Expected();
        foreach (var scan in result.Scans)
        {
            Assert.Equal(byChannel ? channels : 1, scan.Inputs.Count);
            Assert.StartsWith("scan of", Path.GetFileName(scan.Output), StringComparison.Ordinal);
            Assert.Equal(expected, ImageFile.ReadLabels(scan.Output).Data);
            Assert.Equal(ImageFile.ReadHeader(scan.Inputs[0]).Affine, ImageFile.ReadHeader(scan.Output).Affine);
        }

        PromiseTable.Kept($"{Endings.Length} formats, 1 and 2 channels, in one file and in one for each");
    }

    [Fact]
    [Promise("Segmenting a folder resumes: finished segmentations are kept, one whose scan changed is made again, and a cancelled call leaves no partial file")]
    public void A_second_call_does_only_what_is_missing()
    {
        foreach (var id in (string[])["a", "b", "c"]) Write(id, ".nii.gz");
        using var network = Bright(1);
        using var stop = new CancellationTokenSource();
        var reports = new List<FolderProgress>();
        Assert.Throws<OperationCanceledException>(() => Segmenter(network).SegmentFolder(In, Out, progress: new Immediate<FolderProgress>(p =>
        {
            reports.Add(p);
            if (p is { Scan: "b", TimeLeft: not null, Done: 1 } && reports.Count(r => r.Scan == "b") > 1) stop.Cancel();
        }), cancellation: stop.Token));
        Assert.Equal(["a.nii.gz", "segmentations.json"], Files());
        var time = File.GetLastWriteTimeUtc(Path.Combine(Out, "a.nii.gz"));
        File.WriteAllText(Path.Combine(Out, ".b.nii.gz.k3j2.tmp"), "as a killed process leaves it");

        var result = Segmenter(network).SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([true, false, false], result.Scans.Select(scan => scan.Reused));
        Assert.Equal($"3 of 3 scans are segmented in {Out}, 1 of them before.", result.ToText());
        Assert.Equal(["a.nii.gz", "b.nii.gz", "c.nii.gz", "segmentations.json"], Files());
        Assert.Equal(time, File.GetLastWriteTimeUtc(Path.Combine(Out, "a.nii.gz")));

        Write("b", ".nii.gz", shift: 1);
        result = Segmenter(network).SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([true, false, true], result.Scans.Select(scan => scan.Reused));
        Assert.Equal(Expected(1), ImageFile.ReadLabels(Path.Combine(Out, "b.nii.gz")).Data);
        PromiseTable.Kept("3 scans, cancelled in the second; one changed afterwards");
    }

    [Fact]
    [Promise("A scan of a folder that cannot be segmented is named with the reason, and the others are segmented")]
    public void A_scan_that_fails_is_named_and_the_others_go_on()
    {
        Write("good", ".nii.gz");
        Write("short", ".nii.gz");
        var path = Path.Combine(In, "short.nii.gz");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..50]);
        Write("two", ".nii.gz", channels: 2);
        Write("numbered", ".nii.gz", channels: 2, byChannel: true);
        Write("same", ".nii.gz");
        File.Copy(Path.Combine(In, "same.nii.gz"), Path.Combine(In, "same_0000.nii.gz"));
        File.WriteAllText(Path.Combine(In, "slices.dcm"), "DICOM");
        File.WriteAllText(Path.Combine(In, "notes.txt"), "not a scan");
        ImageFile.WriteVolume(Path.Combine(In, "empty.mha"), new Volume(new float[Shape.Count], 1, Shape, new(1, 1, 1)));
        using var network = Bright(1);

        var result = Segmenter(network).SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(["empty", "numbered", "same", "short", "slices.dcm", "two"], result.Faults.Select(scan => scan.Id));
        string[] parts = ["zero", "its channel files are numbered 0, 1, but the model needs 1 channel(s)", "the same file as that of another scan", "short.nii.gz", "dcm2niix", "has 2 channels"];
        Assert.All(result.Faults.Zip(parts), pair => Assert.Contains(pair.Second, pair.First.Fault, StringComparison.Ordinal));
        Assert.Equal(["good.nii.gz", "same.nii.gz", "segmentations.json"], Files());
        Assert.Contains("\nshort: ", Assert.Throws<SegmentationException>(result.Require).Message, StringComparison.Ordinal);
        PromiseTable.Kept("6 of 8 scans, each for another reason");
    }

    [Fact]
    [Promise("Segmenting a folder overwrites neither a scan nor a file that it did not write, and does not mix the segmentations of two models")]
    public void Nothing_that_it_did_not_write_is_overwritten()
    {
        foreach (var id in (string[])["a", "b", "c"]) Write(id, ".nii.gz");
        var before = Directory.GetFiles(In).ToDictionary(path => path, File.ReadAllBytes);
        using var network = Bright(1);
        var segmenter = Segmenter(network);
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "a.nii.gz"), "drawn by hand");
        Directory.CreateSymbolicLink(_folder.PathOf("link"), In);
        foreach (var same in (string[])[In, In + "/../scans/", _folder.PathOf("link")])
            Assert.StartsWith("The segmentations would be written beside the scans", Assert.Throws<SegmentationException>(() => segmenter.SegmentFolder(In, same, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

        var result = segmenter.SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("is not a segmentation of this model", Assert.Single(result.Faults).Fault, StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(Out, "b.nii.gz"), "corrected by hand");
        result = segmenter.SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("was changed after it was written", result.Scans[1].Fault, StringComparison.Ordinal);
        Assert.Equal("drawn by hand", File.ReadAllText(Path.Combine(Out, "a.nii.gz")));

        Segmenter[] others =
        [
            new(Plan(1), [network], new PredictionOptions { StepSize = 1 }),
            new(Plan(1), [network]) { Postprocessing = new Postprocessing { Rules = PostprocessingRules.NnUNetV1, Cases = 1, Trials = [] } },
        ];
        Assert.All(others, other => Assert.Contains(
            "of another model", Assert.Throws<SegmentationException>(() => other.SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal));
        Assert.Equal(before.Keys.Order(), Directory.GetFiles(In).Order());
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
        PromiseTable.Kept("the scans' folder by 3 paths, a foreign file, a corrected segmentation, other options, another postprocessing");
    }

    [Fact]
    public void Numbers_of_patients_are_no_channels()
    {
        Write("patient_0012", ".nii.gz");
        Write("patient_0013", ".nii.gz");
        using var network = Bright(1);
        var result = Segmenter(network).SegmentFolder(In, Out, ".mha", cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["patient_0012", "patient_0013"], result.Scans.Select(scan => scan.Id));
        Assert.Equal(["patient_0012.mha", "patient_0013.mha", "segmentations.json"], Files());
    }

    [Fact]
    public void A_folder_without_scans_and_an_unknown_ending_are_refused()
    {
        using var network = Bright(1);
        Assert.Contains("contains no image", Assert.Throws<SegmentationException>(() => Segmenter(network).SegmentFolder(In, Out, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<SegmentationException>(() => Segmenter(network).SegmentFolder(In + "x", Out, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Write("a", ".nii.gz");
        Assert.Contains("'.png'", Assert.Throws<SegmentationException>(() => Segmenter(network).SegmentFolder(In, Out, ".png", cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out), "the folder was made all the same");
    }

    [Fact]
    public void One_scan_with_a_file_for_each_channel_is_segmented_to_a_file()
    {
        Write("scan", ".nrrd", channels: 2, byChannel: true);
        string[] files = [Path.Combine(In, "scan_0000.nrrd"), Path.Combine(In, "scan_0001.nrrd")];
        var output = _folder.PathOf("labels.nii.gz");
        using var network = Bright(2);
        Segmenter(network, 2).SegmentToFile(files, output, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(Expected(), ImageFile.ReadLabels(output).Data);
        Assert.Throws<ImageException>(() => Segmenter(network, 2).SegmentToFile(files, files[1], cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("has 1 channels", Assert.Throws<SegmentationException>(() => Segmenter(network, 2).SegmentToFile([files[0]], output, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private static Plan Plan(int channels) => TestPlans.Small(new Spacing3(2, 1, 2)) with
    {
        Modalities = [.. Enumerable.Range(0, channels).Select(channel => $"MRI {channel}")],
        Classes = ["background", "bright"],
        Normalization = [.. Enumerable.Repeat(TestPlans.Small(new Spacing3(1, 1, 1)).Normalization[0], channels)],
        PatchSize = Shape3.Cube(6),
    };

    private static Segmenter Segmenter(FunctionNetwork network, int channels = 1) => new(Plan(channels), [network]);

    private static FunctionNetwork Bright(int channels) => new(channels, 2, image =>
    {
        var last = image.narrow(1, channels - 1, 1);
        return cat([full_like(last, Middle), last], 1);
    });

    private static bool IsBright(int z, int y, int x, int shift) => z is > 1 and < 5 && y - shift is > 5 and < 10 && x is > 3 and < 8;

    private static short[] Expected(int shift = 0)
    {
        var labels = new short[Shape.Count];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (short)(IsBright(i / (Shape.Y * Shape.X), i / Shape.X % Shape.Y, i % Shape.X, shift) ? 1 : 0);
        return labels;
    }

    private string[] Files() => [.. Directory.GetFiles(Out).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    /// <summary>A dark block with a bright one in it, in the last channel; noise in the others.</summary>
    private void Write(string id, string ending, int channels = 1, bool byChannel = false, int shift = 0)
    {
        var bright = Expected(shift).Select(label => label == 1 ? 200f : 50f).ToArray();
        var noise = bright.Select((_, i) => 1f + (i % 7)).ToArray();
        var place = ImageHeader.Of(NiftiHeader.Create(Shape, new(2, 1, 2)) with { Sform = [0, -1, 0, 31.5, -2, 0, 0, -7, 0, 0, 2, 5.25] });
        float[][] all = [.. Enumerable.Repeat(noise, channels - 1), bright];
        if (!byChannel)
        {
            ImageFile.WriteVolume(Path.Combine(In, id + ending), new Volume([.. all.SelectMany(channel => channel)], channels, Shape, new(2, 1, 2)), place);
            return;
        }

        for (var channel = 0; channel < channels; channel++)
            ImageFile.WriteVolume(Path.Combine(In, $"{id}_{channel:D4}{ending}"), new Volume(all[channel], 1, Shape, new(2, 1, 2)), place);
    }
}
