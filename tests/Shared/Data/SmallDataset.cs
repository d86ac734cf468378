using System.Text.Json;
using AdwUNet.Datasets;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Tests.Planning;

/// <summary>A made-up decathlon dataset in a folder of its own, removed at the end.</summary>
internal sealed class SmallDataset : IDisposable
{
    public static readonly Shape3 Shape = new(14, 18, 16);

    public static readonly Spacing3 Spacing = new(1, 1, 1);

    private readonly string _root = Directory.CreateTempSubdirectory("adwunet-small").FullName;

    public SmallDataset(int cases)
    {
        Directory.CreateDirectory(Path.Combine(_root, "images"));
        Directory.CreateDirectory(Path.Combine(_root, "labels"));
        string[] ids = [.. Enumerable.Range(0, cases).Select(i => $"case_{i:00}")];
        for (var i = 0; i < cases; i++)
        {
            WriteCase(ids[i], Image(i), Labels(i));
        }

        File.WriteAllText(Path.Combine(_root, "dataset.json"), JsonSerializer.Serialize(new
        {
            name = "Small",
            modality = new Dictionary<string, string> { ["0"] = "MRI" },
            labels = new Dictionary<string, string> { ["0"] = "background", ["1"] = "one", ["2"] = "two" },
            training = ids.Select(id => new { image = $"./images/{id}.nii.gz", label = $"./labels/{id}.nii.gz" }),
        }));
    }

    /// <summary>A folder for a store, not made yet.</summary>
    public string StoreFolder => Path.Combine(_root, "store");

    public Dataset Load() => Dataset.Load(_root);

    /// <summary>Writes the files of one case.</summary>
    public void WriteCase(string id, Volume image, LabelMap labels)
    {
        Nifti.WriteVolume(Path.Combine(_root, "images", id + ".nii.gz"), image);
        Nifti.WriteLabels(Path.Combine(_root, "labels", id + ".nii.gz"), labels);
    }

    /// <summary>Noise with an empty border of one voxel on the left.</summary>
    public static Volume Image(int seed)
    {
        var random = new Random(seed);
        var data = new float[Shape.Count];
        for (var i = 0; i < data.Length; i++)
        {
            data[i] = i % Shape.X == 0 ? 0 : 10 + random.NextSingle();
        }

        return new Volume(data, 1, Shape, Spacing);
    }

    /// <summary>A block of class 1 and, but for the first case, one of class 2.</summary>
    public static LabelMap Labels(int seed)
    {
        var data = new short[Shape.Count];
        for (var z = 3; z < 9; z++)
        {
            for (var y = 4; y < 10; y++)
            {
                for (var x = 5; x < 12; x++)
                {
                    data[Shape.Offset(z, y, x)] = (short)(seed > 0 && x > 8 ? 2 : 1);
                }
            }
        }

        return new LabelMap(data, Shape, Spacing);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
