using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>One training case of a dataset.</summary>
public sealed class DatasetCase
{
    private readonly DatasetReading _reading;

    internal DatasetCase(string id, IReadOnlyList<string> imagePaths, string labelPath, DatasetReading reading) =>
        (Id, ImagePaths, LabelPath, _reading) = (id, imagePaths, labelPath, reading);

    /// <summary>The image's file name without its ending and channel number, such as <c>hippocampus_001</c>; unique in its dataset.</summary>
    public string Id { get; }

    /// <summary>The full paths of the image: one file with all channels, or one file for each channel.</summary>
    public IReadOnlyList<string> ImagePaths { get; }

    /// <summary>The full path of the image, or of its first channel.</summary>
    public string ImagePath => ImagePaths[0];

    /// <summary>The full path of the label map.</summary>
    public string LabelPath { get; }

    /// <summary>Reads the image's header: shape, spacing and affine of the (first) file, the channels of all.</summary>
    /// <exception cref="ImageException">A file is missing or no whole image, or the files of the channels differ in shape or place.</exception>
    public ImageHeader ReadHeader()
    {
        ImageHeader[] headers = [.. ImagePaths.Select(ImageFile.ReadHeader)];
        for (var i = 1; i < headers.Length; i++)
        {
            if (headers[i].Shape != headers[0].Shape)
                throw new ImageException(ImagePaths[i], $"this channel has {headers[i].Shape} voxels (z, y, x), but {Path.GetFileName(ImagePath)} "
                    + $"has {headers[0].Shape}; all channels of a case need the same grid");
            if (PlaceDifference.Of(headers[0], headers[i]) is { } difference)
                throw new ImageException(ImagePaths[i], $"this channel lies elsewhere than {Path.GetFileName(ImagePath)} ({difference}); register and resample the channels of a case to one grid");
        }

        return headers[0] with { Channels = headers.Sum(header => header.Channels) };
    }

    /// <summary>Reads the image with all channels, in the dataset's orientation.</summary>
    /// <returns>Values in the order (channel, z, y, x), with the spacing in millimetres.</returns>
    /// <exception cref="ImageException">A file is missing or no whole image, or the files of the channels differ in shape or place.</exception>
    public Volume ReadImage()
    {
        var header = ReadHeader();
        return Turn(header).Apply(ImagePaths.Count == 1 ? ImageFile.ReadVolume(ImagePath) : Together(header));
    }

    /// <summary>Reads the label map: class indices, in the dataset's orientation.</summary>
    /// <returns>Labels in the order (z, y, x), with the spacing in millimetres.</returns>
    /// <exception cref="ImageException">The file is missing, no whole label map, or holds values that the dataset's mapping of labels lacks.</exception>
    public LabelMap ReadLabels() => ReadLabels(LabelPath);

    /// <summary>Reads another label map of this case, such as a segmentation, in the same way.</summary>
    internal LabelMap ReadLabels(string path)
    {
        var labels = ImageFile.ReadLabels(path);
        _reading.Renumber(labels.Data, path);
        return _reading.Orientation is null ? labels : Turn(ImageFile.ReadHeader(path)).Apply(labels);
    }

    /// <inheritdoc/>
    public override string ToString() => Id;

    private AxisTurn Turn(ImageHeader header) => header.Orientation.To(_reading.Orientation ?? header.Orientation);

    private Volume Together(ImageHeader header)
    {
        var data = new float[checked((int)header.Count)];
        var offset = 0;
        foreach (var path in ImagePaths)
        {
            var channel = ImageFile.ReadVolume(path);
            channel.Data.CopyTo(data, offset);
            offset += channel.Data.Length;
        }

        return new Volume(data, header.Channels, header.Shape, header.Spacing);
    }
}

/// <summary>What is done to every image and label map of a dataset when it is read.</summary>
/// <param name="Orientation">The orientation to which they are turned, or null.</param>
/// <param name="FileValues">The label value of each class in the files, or none where they are 0, 1, 2 ...</param>
internal sealed record DatasetReading(AxisOrientation? Orientation, IReadOnlyList<int> FileValues)
{
    /// <summary>Turns the values of a file into class indices.</summary>
    public void Renumber(Span<short> labels, string path)
    {
        if (FileValues.Count == 0) return;
        var byValue = FileValues.Select((value, index) => (value, index)).ToDictionary(pair => (short)pair.value, pair => (short)pair.index);
        var (last, mapped) = ((short)0, (short)0);
        foreach (ref var label in labels)
        {
            if (label != last)
            {
                (last, mapped) = (label, byValue.TryGetValue(label, out var index)
                    ? index
                    : throw new ImageException(path, $"the label map holds the label {label}, but the dataset's labels are {string.Join(", ", FileValues)}"));
            }

            label = mapped;
        }
    }
}
