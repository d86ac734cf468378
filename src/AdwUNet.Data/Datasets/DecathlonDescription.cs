using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>
/// The description of the Medical Segmentation Decathlon, which nnU-Net v1 reads too: <c>modality</c>, <c>labels</c> by number, and the list
/// <c>training</c>. In raw data of nnU-Net v1 an image <c>x.nii.gz</c> of that list is the files <c>x_0000.nii.gz</c>, <c>x_0001.nii.gz</c> ...
/// </summary>
internal static class DecathlonDescription
{
    public static Dataset Read(DatasetDescription description, JsonElement root)
    {
        if (!root.TryGetProperty("modality", out _)) throw description.Fault("has no \"modality\", as decathlon and nnU-Net v1 name the channels, and no \"channel_names\", as nnU-Net v2 does");
        var modalities = description.Channels(description.Field(root, "modality", JsonValueKind.Object), "modality");
        var labels = DatasetLabels.Of(
            description.Numbered(description.Field(root, "labels", JsonValueKind.Object), "labels"), "\"labels\"", description.Options.RenumberLabels, description.Fault);
        var name = description.Text(description.Field(root, "name", JsonValueKind.String), "name");
        var cases = new List<DatasetCase>();
        var (companions, index, isRaw) = (0, 0, false);
        foreach (var entry in description.Field(root, "training", JsonValueKind.Array).EnumerateArray())
        {
            var where = $"training[{index++}]";
            if (entry.ValueKind != JsonValueKind.Object) throw description.Fault($"has no object with \"image\" and \"label\" at {where}");
            var image = description.Text(description.Field(entry, "image", JsonValueKind.String, where), where);
            var label = description.Text(description.Field(entry, "label", JsonValueKind.String, where), where);
            if (DatasetDescription.IsCompanion(image))
            {
                companions++;
                continue;
            }

            if (ImageFormats.EndingOf(DatasetDescription.FileName(image)) is null)
                throw description.Fault($"names the image \"{image}\" at {where}, which ends in none of .nii.gz, .nii, .hdr, .nrrd, .nhdr, .mha and .mhd");
            string[] files = [.. FilesOf(description.Inside(image, where), modalities.Count)];
            isRaw |= files.Length > 1 || DatasetDescription.IsChannel(DatasetDescription.NameOf(files[0]));
            cases.Add(description.Case(DatasetDescription.NameOf(image), files, description.Inside(label, where), labels));
        }

        description.CheckNumber(root, cases.Count, companions);
        return description.Make(name, isRaw ? "nnU-Net v1" : "decathlon", labels, modalities, cases);
    }

    private static IEnumerable<string> FilesOf(string image, int modalities)
    {
        if (Path.Exists(DatasetDescription.Existing(image))) return [image];
        var ending = ImageFormats.EndingOf(image)!;
        string Channel(int channel) => image[..^ending.Length] + DatasetDescription.ChannelSuffix(channel) + image[^ending.Length..];
        return File.Exists(DatasetDescription.Existing(Channel(0))) ? Enumerable.Range(0, modalities).Select(Channel) : [image];
    }
}
