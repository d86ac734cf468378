using AdwUNet.Datasets;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Benchmarks.Preprocessing;

/// <summary>A scan to be preprocessed.</summary>
/// <param name="Name">What it is, for the table.</param>
/// <param name="Image">Its voxels.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Target">The spacing to which it is resampled.</param>
internal sealed record PreprocessingCase(string Name, Volume Image, LabelMap Labels, Spacing3 Target)
{
    /// <summary>The scans by the name under which a fresh process is asked for one.</summary>
    public static IReadOnlyDictionary<string, Func<PreprocessingCase>> All { get; } = new Dictionary<string, Func<PreprocessingCase>>
    {
        ["hippocampus"] = HippocampusScan,
        ["ct"] = () => Ct("CT-like volume, cubic on all axes", Slices, new(1.5, 0.7, 0.7), new(1.24, 0.79, 0.79)),
        ["ct-slices"] = () => Ct("CT-like volume, slices by themselves", Slices, new(2.5, 0.7, 0.7), new(2.5, 0.8, 0.8)),
    };

    /// <summary>A plan of which only what preprocessing looks at matters.</summary>
    public Plan Plan => Steps.Hippocampus.Plan with { Spacing = Target };

    /// <summary>Preprocesses it: crop, resample image and labels, normalise.</summary>
    public PreprocessedVolume Process() => Preprocessor.Process(Image, Labels, Plan);

    private static PreprocessingCase HippocampusScan()
    {
        var name = "hippocampus_001";
        var folder = Path.Combine(Environment.GetEnvironmentVariable(Experiment.DataVariable) ?? "", "Task04_Hippocampus");
        if (!File.Exists(Path.Combine(folder, "imagesTr", $"{name}.nii.gz")))
        {
            name = "a phantom of a hippocampus scan";
            folder = Directory.CreateTempSubdirectory("adwunet-").FullName;
            PhantomDataset.Create(folder, new PhantomOptions { Cases = 1 });
        }

        var first = Dataset.Load(folder).Cases.OrderBy(c => c.Id, StringComparer.Ordinal).First();
        return new PreprocessingCase($"{name}, cubic on all axes", Nifti.ReadVolume(first.ImagePath), Nifti.ReadLabels(first.LabelPath), new(0.8, 0.8, 0.8));
    }

    private static Shape3 Slices => new(100, 512, 512);

    /// <summary>A CT-like volume: soft blobs with noise, the brighter ones labelled; nothing is exactly 0.</summary>
    public static PreprocessingCase Ct(string name, Shape3 shape, Spacing3 spacing, Spacing3 target)
    {
        var (image, labels) = (new float[shape.Count], new short[shape.Count]);
        var random = new Random(1);
        var i = 0;
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                for (var x = 0; x < shape.X; x++, i++)
                {
                    var blob = MathF.Sin(z * 0.06f) * MathF.Sin(y * 0.0125f) * MathF.Sin(x * 0.0125f);
                    image[i] = (1000 * blob) + (50 * random.NextSingle()) + 0.5f;
                    labels[i] = (short)(blob > 0.8f ? 2 : blob > 0.6f ? 1 : 0);
                }
            }
        }

        return new PreprocessingCase(name, new Volume(image, 1, shape, spacing), new LabelMap(labels, shape, spacing), target);
    }
}
