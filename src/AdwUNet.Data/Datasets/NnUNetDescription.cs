using System.Globalization;
using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>
/// Raw data of nnU-Net v2: <c>channel_names</c>, <c>labels</c> by name (with regions and an ignore label), <c>file_ending</c>, and files such as
/// <c>imagesTr/x_0000.nii.gz</c> and <c>labelsTr/x.nii.gz</c>. Source: nnU-Net's documentation/dataset_format.md and region_based_training.md.
/// </summary>
internal static class NnUNetDescription
{
    private const string Ignore = "ignore";
    private const string Background = "background";

    public static Dataset Read(DatasetDescription description, JsonElement root)
    {
        var channels = description.Channels(description.Field(root, "channel_names", JsonValueKind.Object), "channel_names");
        var labels = Labels(description, root);
        var ending = description.Text(description.Field(root, "file_ending", JsonValueKind.String), "file_ending");
        if (!ImageFormats.IsEnding(ending)) throw description.Fault($"names the \"file_ending\" {ending}, which is not supported ({Advice(ending)})");
        var cases = root.TryGetProperty("dataset", out var listed)
            ? Listed(description, listed, labels)
            : Found(description, ending, channels.Count, labels);
        description.CheckNumber(root, cases.Count);
        var name = root.TryGetProperty("name", out var text) ? description.Text(text, "name") : Path.GetFileName(description.Folder);
        return description.Make(name, "nnU-Net v2", labels, channels, cases);
    }

    private static string Advice(string ending)
    {
        try
        {
            _ = ImageFormats.Of("image" + ending);
            return "";
        }
        catch (ImageException error)
        {
            return error.Fault;
        }
    }

    /// <summary>The cases that the folders hold.</summary>
    private static List<DatasetCase> Found(DatasetDescription description, string ending, int channels, DatasetLabels labels)
    {
        var folder = Path.Combine(description.Folder, "imagesTr");
        if (!Directory.Exists(folder)) throw description.Fault($"belongs to a dataset without the folder {folder}; put the training images there");
        string[] names = [.. Directory.GetFiles(folder, "*" + ending).Select(path => Path.GetFileName(path))
            .Where(name => !name.StartsWith('.')).Select(name => name[..^ending.Length])];
        if (names.Length == 0) throw description.Fault($"names the \"file_ending\" {ending}, but {folder} holds no such image; put the training images there");
        if (names.FirstOrDefault(name => !DatasetDescription.IsChannel(name)) is { } odd)
            throw description.Fault($"is one of nnU-Net v2, where each channel of an image is a file such as x_0000{ending}, but imagesTr holds {odd}{ending}; rename it");
        return [.. names.Select(DatasetDescription.IdOf).Distinct(StringComparer.Ordinal).Select(id => description.Case(
            id,
            [.. Enumerable.Range(0, channels).Select(channel => Path.Combine(folder, id + DatasetDescription.ChannelSuffix(channel) + ending))],
            Path.Combine(description.Folder, "labelsTr", id + ending),
            labels))];
    }

    /// <summary>The cases that the description lists by their paths.</summary>
    private static List<DatasetCase> Listed(DatasetDescription description, JsonElement listed, DatasetLabels labels)
    {
        if (listed.ValueKind != JsonValueKind.Object) throw description.Fault($"has a \"dataset\" that is {listed.ValueKind}, expected Object");
        var cases = new List<DatasetCase>();
        foreach (var entry in listed.EnumerateObject())
        {
            var where = $"dataset[{entry.Name}]";
            if (entry.Value.ValueKind != JsonValueKind.Object || entry.Name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
                throw description.Fault($"has no object with \"images\" and \"label\" under a valid file name at {where}");
            string[] images = [.. description.Field(entry.Value, "images", JsonValueKind.Array, where).EnumerateArray()
                .Select(path => description.Inside(description.Text(path, where), where))];
            if (images.Length == 0) throw description.Fault($"lists no image at {where}");
            cases.Add(description.Case(
                entry.Name, images, description.Inside(description.Text(description.Field(entry.Value, "label", JsonValueKind.String, where), where), where), labels));
        }

        return cases;
    }

    private static DatasetLabels Labels(DatasetDescription description, JsonElement root)
    {
        var regions = new List<LabelRegion>();
        int? ignore = null;
        foreach (var property in description.Field(root, "labels", JsonValueKind.Object).EnumerateObject())
        {
            var region = new LabelRegion(property.Name, Values(description, property));
            if (property.Name != Ignore) regions.Add(region);
            else ignore = region.Labels is [var single] ? single : throw description.Fault("gives the label \"ignore\" several values; give it one");
        }

        var isByRegion = regions.Any(region => region.Labels.Count > 1);
        var names = new SortedDictionary<int, string>();
        foreach (var region in regions.Where(region => region.Labels.Count == 1))
        {
            if (!names.TryAdd(region.Labels[0], region.Name))
                throw description.Fault($"gives the value {region.Labels[0]} to both \"{names[region.Labels[0]]}\" and \"{region.Name}\" in \"labels\"");
        }

        // Values that only occur within regions have no name of their own.
        foreach (var value in regions.SelectMany(region => region.Labels)) names.TryAdd(value, value == 0 ? Background : $"label {value}");
        if (!names.ContainsKey(0)) throw description.Fault("names no background in \"labels\"; add \"background\": 0");
        if (ignore is { } ignored && names.TryGetValue(ignored, out var other)) throw description.Fault($"gives the value {ignored} to both \"ignore\" and \"{other}\" in \"labels\"");
        var labels = DatasetLabels.Of(names, "\"labels\"", isByRegion || ignore is not null ? null : description.Options.RenumberLabels, description.Fault);
        if (!isByRegion && ignore is null) return labels;
        LabelRegion[] trained = isByRegion ? [.. regions.Where(region => region.Labels.Any(value => value != 0))] : [];
        return labels with
        {
            Scheme = new LabelScheme { Regions = trained, RegionsClassOrder = isByRegion ? Order(description, root) : [], IgnoreLabel = ignore },
        };
    }

    private static List<int> Order(DatasetDescription description, JsonElement root) =>
        [.. description.Field(root, "regions_class_order", JsonValueKind.Array).EnumerateArray().Select(number => Value(description, number, "regions_class_order"))];

    private static List<int> Values(DatasetDescription description, JsonProperty label)
    {
        var where = $"labels.{label.Name}";
        if (label.Value.ValueKind != JsonValueKind.Array) return [Value(description, label.Value, where)];
        List<int> values = [.. label.Value.EnumerateArray().Select(number => Value(description, number, where)).Distinct().Order()];
        return values.Count > 0 ? values : throw description.Fault($"gives no value to \"{label.Name}\" in \"labels\"");
    }

    private static int Value(DatasetDescription description, JsonElement number, string where)
    {
        if (number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) && value is >= 0 and <= short.MaxValue) return value;

        // Some writers put numbers in quotation marks.
        return number.ValueKind == JsonValueKind.String && short.TryParse(description.Text(number, where), NumberStyles.None, CultureInfo.InvariantCulture, out var quoted)
            ? quoted
            : throw description.Fault($"holds {number.ValueKind} in \"{where}\", expected a label value from 0 to {short.MaxValue}");
    }
}
