using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AdwUNet.Datasets;
using AdwUNet.Imaging;

namespace AdwUNet.Phantom;

/// <summary>
/// A synthetic dataset in the decathlon's format for a machine without data: a hippocampus-like structure of two parts among
/// look-alikes of the same intensity, so that a threshold does not find it, but a network can.
/// </summary>
public static class PhantomDataset
{
    /// <summary>Changes whenever equal options would give other files than before.</summary>
    private const int Version = 1;

    /// <summary>Keeps the random numbers of test cases apart from those of labelled ones.</summary>
    private const ulong TestStream = 1_000_000;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>
    /// Makes the dataset: <c>dataset.json</c>, <c>imagesTr</c>, <c>labelsTr</c> and, with test cases, <c>imagesTs</c>. It is
    /// made under a temporary name and renamed when it is complete, so the folder never contains a partial dataset.
    /// </summary>
    /// <param name="folder">The dataset's own folder: missing, empty, or with the same dataset.</param>
    /// <param name="options">What it is like.</param>
    /// <param name="progress">Reported with the number of finished cases after each case.</param>
    /// <param name="cancellation">Stops the work; nothing is left behind.</param>
    /// <returns>Whether it was made; false when the folder already held the dataset of the same options.</returns>
    /// <exception cref="PhantomException">An option is out of range, or the folder holds something else.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static bool Create(
        string folder, PhantomOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var description = Describe(options);
        if (IsThere(folder, description))
        {
            return false;
        }

        var parent = Path.GetDirectoryName(folder)
            ?? throw new PhantomException($"{folder} cannot be a dataset's folder; choose one below it.");
        Directory.CreateDirectory(parent);
        var unfinished = Path.Combine(parent, $".{Path.GetFileName(folder)}.unfinished-{Guid.NewGuid():N}");
        try
        {
            WriteCases(unfinished, options, progress, cancellation);
            File.WriteAllText(Path.Combine(unfinished, "dataset.json"), description);
            return Publish(unfinished, folder, description);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
    }

    private static void WriteCases(string folder, PhantomOptions options, IProgress<int>? progress, CancellationToken cancellation)
    {
        foreach (var name in options.TestCases > 0 ? ["imagesTr", "labelsTr", "imagesTs"] : new[] { "imagesTr", "labelsTr" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        var finished = 0;
        var gate = new Lock();
        void Make(int index)
        {
            var test = index >= options.Cases;
            var (image, labels) = PhantomCase.Make(options, test ? TestStream + (ulong)(index - options.Cases) : (ulong)index);
            var file = FileName(index);
            Nifti.WriteVolume(Path.Combine(folder, test ? "imagesTs" : "imagesTr", file), image);
            if (!test)
            {
                Nifti.WriteLabels(Path.Combine(folder, "labelsTr", file), labels);
            }

            lock (gate)
            {
                progress?.Report(++finished);
            }
        }

        ParallelCases.For(options.Cases + options.TestCases, Make, cancellation: cancellation);
    }

    private static string FileName(int index) => $"phantom_{index + 1:000}.nii.gz";

    /// <summary>The text of <c>dataset.json</c>: the decathlon's fields, and the options under <c>phantom</c>.</summary>
    private static string Describe(PhantomOptions options)
    {
        static JsonObject Numbered(IEnumerable<string> names) =>
            new(names.Select((name, i) => KeyValuePair.Create(i.ToString(), (JsonNode?)name)));
        var training = Enumerable.Range(0, options.Cases).Select(i => (JsonNode)new JsonObject
        {
            ["image"] = $"./imagesTr/{FileName(i)}",
            ["label"] = $"./labelsTr/{FileName(i)}",
        });
        var test = Enumerable.Range(options.Cases, options.TestCases).Select(i => (JsonNode)$"./imagesTs/{FileName(i)}");
        var phantom = JsonSerializer.SerializeToNode(options, Json)!.AsObject();
        phantom.Insert(0, "version", Version);
        return new JsonObject
        {
            ["name"] = options.Name,
            ["description"] = "A made-up structure among look-alikes of the same intensity; no patient was scanned",
            ["reference"] = "AdwU-Net for .NET, PhantomDataset",
            ["licence"] = "CC0 1.0",
            ["release"] = $"{Version}.0",
            ["tensorImageSize"] = options.Modalities > 1 ? "4D" : "3D",
            ["modality"] = Numbered(PhantomContrast.Of(options).Select(contrast => contrast.Name)),
            ["labels"] = Numbered(["background", .. PartNames(options.Parts)]),
            ["numTraining"] = options.Cases,
            ["numTest"] = options.TestCases,
            ["training"] = new JsonArray([.. training]),
            ["test"] = new JsonArray([.. test]),
            ["phantom"] = phantom,
        }.ToJsonString(Json) + "\n";
    }

    private static IEnumerable<string> PartNames(int parts) => parts switch
    {
        1 => ["Structure"],
        2 => ["Anterior", "Posterior"],
        _ => Enumerable.Range(1, parts).Select(part => $"Part {part}"),
    };

    private static bool IsThere(string folder, string description)
    {
        if (File.Exists(folder))
        {
            throw new PhantomException($"{folder} is a file; choose another place for the phantom.");
        }

        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return false;
        }

        var path = Path.Combine(folder, "dataset.json");
        if (File.Exists(path) && File.ReadAllText(path) == description)
        {
            return true;
        }

        throw new PhantomException(
            $"{folder} already contains something else; choose another folder.");
    }

    /// <summary>Puts the finished dataset into its place; false when another process has just put the same there.</summary>
    private static bool Publish(string unfinished, string folder, string description)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                // Only ever an empty one: deleting fails, as it should, when something has appeared in it meanwhile.
                Directory.Delete(folder, recursive: false);
            }

            Directory.Move(unfinished, folder);
            return true;
        }
        catch (IOException exception)
        {
            if (IsThere(folder, description))
            {
                return false;
            }

            throw new PhantomException(
                $"The finished phantom cannot be put at {folder} ({exception.Message.TrimEnd('.')}); choose another folder.", exception);
        }
    }
}
