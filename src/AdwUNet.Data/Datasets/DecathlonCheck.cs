using System.Globalization;
using AdwUNet.Imaging;

namespace AdwUNet.Datasets;

/// <summary>What can be wrong with one case.</summary>
internal static class DecathlonCheck
{
    /// <summary>
    /// How far, in voxels, a corner of the image may lie from the same corner of its label map: rounding of single-precision
    /// headers stays far below, and less than this moves no label to another voxel.
    /// </summary>
    public const double LargestShift = 0.1;

    /// <summary>How much, in relation to the image's, the spacing of a label map may differ.</summary>
    public const double LargestSpacingDifference = 1e-3;

    private const int ListedValues = 10;
    private const int Corners = 8;

    public static IReadOnlyList<DatasetFault> FindFaults(DecathlonCase @case, int modalities, int classes)
    {
        var faults = new List<DatasetFault>();
        void Add(string description) => faults.Add(new DatasetFault(@case.Id, description));

        var image = Header(@case.ImagePath, "image", Add);
        var label = Header(@case.LabelPath, "label", Add);
        if (image is not null && label is not null) ComparePlaces(image, label, Add);
        if (image is not null)
        {
            if (image.Channels != modalities)
                Add($"the image's number of channels is {image.Channels}, the dataset's number of modalities {modalities}");
            Try("image", Add, () => CheckVoxels(Nifti.ReadVolume(@case.ImagePath), Add));
        }

        if (label is not null) Try("label", Add, () => CheckLabels(Nifti.ReadLabels(@case.LabelPath), classes, Add));
        return faults;
    }

    private static NiftiHeader? Header(string path, string what, Action<string> add)
    {
        NiftiHeader? header = null;
        Try(what, add, () => header = Nifti.ReadHeader(path));
        return header;
    }

    private static void Try(string what, Action<string> add, Action read)
    {
        try
        {
            read();
        }
        catch (NiftiException e)
        {
            add($"the {what} {e.Path} cannot be used: {e.Fault}");
        }
    }

    private static void ComparePlaces(NiftiHeader image, NiftiHeader label, Action<string> add)
    {
        if (image.Shape != label.Shape)
        {
            add($"the image has {image.Shape} voxels (z, y, x), its label map {label.Shape}");
            return;
        }

        for (var axis = 0; axis < 3; axis++)
        {
            if (Math.Abs(image.Spacing[axis] - label.Spacing[axis]) > LargestSpacingDifference * image.Spacing[axis])
            {
                add($"the image's spacing is {image.Spacing} (z, y, x), its label map's {label.Spacing}");
                return;
            }
        }

        var shift = LargestCornerShift(image, label);
        if (shift > LargestShift * image.Spacing.Min)
        {
            add(string.Create(
                CultureInfo.InvariantCulture,
                $"the affines of image and label map differ: a corner lies {shift:0.###} mm apart, more than {LargestShift} voxels"));
        }
    }

    private static double LargestCornerShift(NiftiHeader image, NiftiHeader label)
    {
        var (a, b, shape) = (image.Affine, label.Affine, image.Shape);
        double largest = 0;
        for (var corner = 0; corner < Corners; corner++)
        {
            double[] voxel = [(corner & 1) * (shape.X - 1), ((corner >> 1) & 1) * (shape.Y - 1), (corner >> 2) * (shape.Z - 1), 1];
            double squared = 0;
            for (var row = 0; row < 3; row++)
            {
                double difference = 0;
                for (var column = 0; column < voxel.Length; column++)
                    difference += (a[row, column] - b[row, column]) * voxel[column];
                squared += difference * difference;
            }

            largest = Math.Max(largest, Math.Sqrt(squared));
        }

        return largest;
    }

    private static void CheckVoxels(Volume volume, Action<string> add)
    {
        var (count, first) = (0, -1);
        for (var i = 0; i < volume.Data.Length; i++)
        {
            if (!float.IsInfinity(volume.Data[i])) continue; // NaN becomes 0 in preprocessing
            if (count++ == 0) first = i;
        }

        if (count == 0) return;
        var (channel, voxel) = Math.DivRem(first, (int)volume.Shape.Count);
        var (x, y, z) = (voxel % volume.Shape.X, voxel / volume.Shape.X % volume.Shape.Y, voxel / volume.Shape.X / volume.Shape.Y);
        add($"the image has {count} infinite voxel(s), the first in channel {channel} at x {x}, y {y}, z {z}");
    }

    private static void CheckLabels(LabelMap labels, int classes, Action<string> add)
    {
        var wrong = new SortedDictionary<short, int>();
        foreach (var label in labels.Data)
        {
            if (label < 0 || label >= classes) wrong[label] = wrong.GetValueOrDefault(label) + 1;
        }

        if (wrong.Count == 0) return;
        var list = string.Join(", ", wrong.Take(ListedValues).Select(pair => $"{pair.Key} ({pair.Value} voxels)"));
        var more = wrong.Count > ListedValues ? $" and {wrong.Count - ListedValues} more" : "";
        add($"the label map holds {list}{more}, but the dataset's labels are 0 to {classes - 1}");
    }
}
