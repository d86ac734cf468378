using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Imaging;

namespace AdwUNet.Tests.Planning;

/// <summary>A small dataset of three sound cases on the disk, for tests to break.</summary>
public sealed class DecathlonFolder : IDisposable
{
    public static readonly Shape3 Shape = new(4, 3, 2);
    public static readonly Spacing3 Spacing = new(2, 1, 1);
    private static readonly string[] Ids = ["c", "a", "b"];
    private readonly TemporaryFolder _folder = new();

    public DecathlonFolder()
    {
        Directory.CreateDirectory(_folder.PathOf("imagesTr"));
        Directory.CreateDirectory(_folder.PathOf("labelsTr"));
        foreach (var id in Ids)
        {
            WriteImage(id, Enumerable.Range(0, (int)Shape.Count).Select(i => (float)i).ToArray());
            WriteLabels(id, i => (short)(i % 3));
        }

        Description = JsonNode.Parse("""
            {
              "name": "Toy", "modality": { "0": "MRI" },
              "labels": { "0": "background", "1": "Anterior", "2": "Posterior" },
              "numTraining": 3, "training": [], "test": ["./imagesTs/x.nii.gz"]
            }
            """)!.AsObject();
        foreach (var id in Ids) AddCase(id);
    }

    public JsonObject Description { get; }

    public string Root => _folder.Root;

    public JsonArray Training => Description["training"]!.AsArray();

    public string Image(string id) => _folder.PathOf("imagesTr", id + ".nii.gz");

    public string Label(string id) => _folder.PathOf("labelsTr", id + ".nii.gz");

    public void AddCase(string id) => Training.Add(
        new JsonObject { ["image"] = $"./imagesTr/{id}.nii.gz", ["label"] = $"./labelsTr/{id}.nii.gz" });

    public void WriteImage(string id, float[] data, int channels = 1, NiftiHeader? like = null) =>
        Nifti.WriteVolume(Image(id), new Volume(data, channels, Shape, Spacing), like);

    public void WriteLabels(string id, Func<int, short> label, NiftiHeader? like = null) => Nifti.WriteLabels(
        Label(id), new LabelMap(Enumerable.Range(0, (int)Shape.Count).Select(label).ToArray(), Shape, Spacing), like);

    /// <summary>Writes the description as it now stands.</summary>
    public DecathlonFolder Save() => Save(Description.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));

    public DecathlonFolder Save(string description)
    {
        File.WriteAllText(_folder.PathOf("dataset.json"), description);
        return this;
    }

    public void Dispose() => _folder.Dispose();
}
