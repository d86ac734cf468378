using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Preprocessing;

namespace AdwUNet.Tests.Prediction;

/// <summary>The same cases in every form of dataset, format and unit.</summary>
public sealed class DatasetFormsTests
{
    private const int Cases = 12;
    private const double LengthTolerance = 1e-6; // relative

    private static readonly string[] Classes = ["background", "part 1", "part 2"];

    /// <summary>Each form by its name, the form that must be recognised, the ending of its files, and the code of its unit in NIfTI headers.</summary>
    private static readonly (string Name, string Form, string Ending, int Units)[] Forms =
    [
        ("decathlon", "decathlon", ".nii.gz", 2),
        ("decathlon in micrometres", "decathlon", ".nii.gz", 3),
        ("decathlon in metres", "decathlon", ".nii", 1),
        ("decathlon of .mha", "decathlon", ".mha", 2),
        ("decathlon of .nhdr", "decathlon", ".nhdr", 2),
        ("nnU-Net v1", "nnU-Net v1", ".nii.gz", 2),
        ("nnU-Net v2", "nnU-Net v2", ".nii.gz", 2),
        ("nnU-Net v2 of .nrrd", "nnU-Net v2", ".nrrd", 2),
        ("nnU-Net v2 of .mha", "nnU-Net v2", ".mha", 2),
        ("nnU-Net v2 of .mhd", "nnU-Net v2", ".mhd", 2),
        ("plain folder", "plain folder", ".nii.gz", 2),
        ("plain folder of pairs", "plain folder", ".hdr", 2),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Promise("The same cases give the same preprocessed voxels and segmentations as decathlon, nnU-Net v1, nnU-Net v2 or plain folder, in every format and unit")]
    public void The_same_cases_give_the_same_voxels_and_segmentations_in_every_form(int channels)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var cases = Phantoms(channels);
        var (dataset, expected) = Preprocess(folder, Forms[0], channels, cases);
        var segmentations = Segmented(dataset, expected.Plan, folder).ToArray();
        Assert.All(segmentations, labels => Assert.Equal(new short[] { 0, 1, 2 }, labels.Distinct().Order()));
        foreach (var form in Forms.Skip(1))
        {
            (dataset, var store) = Preprocess(folder, form, channels, cases);
            Assert.Equal(segmentations, Segmented(dataset, store.Plan, folder));
            AssertSameLengths(expected.Plan.Spacing, store.Plan.Spacing, form.Name);
            Assert.Equal(expected.Cases.Select(c => c.Id), store.Cases.Select(c => c.Id));
            foreach (var (one, other) in expected.Cases.Zip(store.Cases))
            {
                AssertSameLengths(one.Geometry.OriginalSpacing, other.Geometry.OriginalSpacing, form.Name);
                Assert.True(one.Image.SequenceEqual(other.Image), $"{form.Name}: the voxels of {one.Id} differ");
                Assert.True(one.Labels.SequenceEqual(other.Labels), $"{form.Name}: the labels of {one.Id} differ");
            }

            store.Dispose();
        }

        expected.Dispose();
        PromiseTable.Kept($"{Cases} phantom cases in {Forms.Length} forms, with one channel and with two");
    }

    private static (Volume Image, LabelMap Labels)[] Phantoms(int channels) => [.. Enumerable.Range(0, Cases).Select(i =>
    {
        // Every third case is coarser, so that some are resampled.
        var spacing = i % 3 == 0 ? new Spacing3(2.5, 0.9, 0.7) : new Spacing3(2.4, 0.8, 0.8);
        return PhantomCase.Make(new PhantomOptions { Modalities = channels, Size = new Shape3(12, 24, 20), Spacing = spacing }, (ulong)i);
    })];

    /// <summary>The labels that a network of fixed weights gives each case: from its file where it is one, in a file of the same format.</summary>
    private static IEnumerable<short[]> Segmented(Dataset dataset, Plan plan, TemporaryFolder folder)
    {
        using var network = new DerivedUNet(plan, PublishedArchitectures.NnUNet(plan.PoolCount, new() { Family = Family.AdUNet, BaseWidth = 4, MaxWidth = 8, MaxDepth = 2 }), seed: 1);
        var segmenter = new Segmenter(plan, [network], new() { MirrorAxes = [] });
        foreach (var entry in dataset.Cases)
        {
            if (entry.ImagePaths.Count > 1)
            {
                yield return segmenter.Segment(entry.ReadImage(), entry.Id, cancellation: TestContext.Current.CancellationToken).Data;
                continue;
            }

            var output = folder.PathOf("segmentation" + ImageFormats.EndingOf(entry.ImagePath));
            segmenter.SegmentToFile(entry.ImagePath, output, cancellation: TestContext.Current.CancellationToken);
            yield return ImageFile.ReadLabels(output).Data;
        }
    }

    private static (Dataset Dataset, CaseStore Store) Preprocess(
        TemporaryFolder folder, (string Name, string Form, string Ending, int Units) form, int channels, (Volume Image, LabelMap Labels)[] cases)
    {
        var root = folder.PathOf(form.Name);
        Write(root, form, channels, cases);
        var dataset = Dataset.Load(root);
        Assert.Equal(form.Form, dataset.Form);
        var report = dataset.Examine(cancellation: TestContext.Current.CancellationToken);
        Assert.True(report.Faults.Count == 0 && report.Warnings.Count == 0, report.ToText());
        var plan = Planner.Plan(Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken));
        var store = Path.Combine(root, "store");
        Preprocessor.Run(dataset, plan, store, cancellation: TestContext.Current.CancellationToken);
        return (dataset, CaseStore.Open(store));
    }

    private static void Write(string root, (string Name, string Form, string Ending, int Units) form, int channels, (Volume Image, LabelMap Labels)[] cases)
    {
        var isPlain = form.Form == "plain folder";
        var (images, labels) = (Path.Combine(root, isPlain ? "images" : "imagesTr"), Path.Combine(root, isPlain ? "labels" : "labelsTr"));
        Directory.CreateDirectory(images);
        Directory.CreateDirectory(labels);
        for (var i = 0; i < cases.Length; i++)
        {
            var (image, map) = cases[i];
            var like = Place(image.Shape, image.Spacing, form.Units);
            ImageFile.WriteLabels(Path.Combine(labels, $"case_{i:00}{form.Ending}"), map, like);
            if (form.Form == "decathlon" || (isPlain && channels == 1))
            {
                ImageFile.WriteVolume(Path.Combine(images, $"case_{i:00}{form.Ending}"), image, like);
                continue;
            }

            for (var c = 0; c < channels; c++)
                ImageFile.WriteVolume(Path.Combine(images, $"case_{i:00}_{c:0000}{form.Ending}"), new Volume(image.Channel(c).ToArray(), 1, image.Shape, image.Spacing), like);
        }

        var names = Enumerable.Range(0, channels).ToDictionary(c => $"{c}", _ => "MRI");
        object? description = form.Form switch
        {
            "plain folder" => null,
            "nnU-Net v2" => new { channel_names = names, labels = Classes.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i), numTraining = cases.Length, file_ending = form.Ending },
            _ => new
            {
                name = "Forms",
                modality = names,
                labels = Classes.Select((name, i) => (name, i)).ToDictionary(p => $"{p.i}", p => p.name),
                training = Enumerable.Range(0, cases.Length).Select(i => new { image = $"./imagesTr/case_{i:00}{form.Ending}", label = $"./labelsTr/case_{i:00}{form.Ending}" }),
            },
        };
        if (description is not null) File.WriteAllText(Path.Combine(root, Dataset.DescriptionFile), JsonSerializer.Serialize(description));
    }

    /// <summary>An oblique place in space.</summary>
    private static ImageHeader Place(Shape3 shape, Spacing3 spacing, int units)
    {
        var (sin, cos) = Math.SinCos(0.3);
        return ImageHeader.Of(NiftiHeader.Create(shape, spacing) with
        {
            Units = units,
            Sform = [-cos * spacing.X, -sin * spacing.Y, 0, 12.5, -sin * spacing.X, cos * spacing.Y, 0, -7.25, 0, 0, spacing.Z, 30],
        });
    }

    private static void AssertSameLengths(Spacing3 expected, Spacing3 found, string form) => Assert.All(
        Enumerable.Range(0, 3), axis => Assert.True(Math.Abs(found[axis] / expected[axis] - 1) < LengthTolerance, $"{form}: {found} instead of {expected}"));
}
