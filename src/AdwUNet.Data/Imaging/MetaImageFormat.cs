using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Text;

namespace AdwUNet.Imaging;

/// <summary>
/// MetaImage, with its voxels in the same file (<c>.mha</c>) or in another (<c>.mhd</c>). Source: itk.org/Wiki/ITK/MetaIO/Documentation; the
/// rows of TransformMatrix are the directions of the axes, to the left, back and up, as ITK reads them.
/// </summary>
internal sealed class MetaImageFormat : IImageFormat
{
    private const int SpatialRank = 3;
    private const string LocalData = "LOCAL";

    private static readonly Dictionary<string, NiftiDataType> Types = new()
    {
        ["MET_CHAR"] = NiftiDataType.Int8,
        ["MET_UCHAR"] = NiftiDataType.UInt8,
        ["MET_SHORT"] = NiftiDataType.Int16,
        ["MET_USHORT"] = NiftiDataType.UInt16,
        ["MET_INT"] = NiftiDataType.Int32,
        ["MET_UINT"] = NiftiDataType.UInt32,
        ["MET_LONG"] = NiftiDataType.Int32, // 4 bytes in MetaIO, whatever the machine
        ["MET_ULONG"] = NiftiDataType.UInt32,
        ["MET_LONG_LONG"] = NiftiDataType.Int64,
        ["MET_ULONG_LONG"] = NiftiDataType.UInt64,
        ["MET_FLOAT"] = NiftiDataType.Float32,
        ["MET_DOUBLE"] = NiftiDataType.Float64,
    };

    // Those that place the image in space, under the names that MetaIO writes.
    private static readonly string[] PlaceNames = ["TransformMatrix", "Offset", "CenterOfRotation", "AnatomicalOrientation", "ElementSpacing", "DistanceUnits"];

    public IReadOnlyList<string> Endings { get; } = [".mha", ".mhd"];

    public OpenImage Open(string path)
    {
        var (text, end) = ReadText(path);
        var (header, encoding, channelsFirst) = Parse(text);
        var data = text.Get("ElementDataFile");
        var isLocal = data.Equals(LocalData, StringComparison.OrdinalIgnoreCase);
        var voxels = isLocal ? path : DataFile(text, data);
        var isCompressed = IsTrue(text, "CompressedData");
        var start = isLocal ? end : Start(text, voxels, header, isCompressed);
        var stream = ImageStream.OpenPart(voxels, start, isCompressed ? Compression.Zlib : Compression.None);
        try
        {
            CheckCompressedSize(text, voxels, stream.FileLength - start, isCompressed);
            OpenImage.CheckDemand(header, stream, 0, voxels);
            return new OpenImage(voxels, stream, header, encoding, channelsFirst);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Write<T>(string path, ImageHeader header, ReadOnlyMemory<T> values)
        where T : unmanaged, INumber<T>
    {
        var isDetached = path.EndsWith(".mhd", StringComparison.OrdinalIgnoreCase);
        var voxelFile = VoxelFile(path);

        // The header has the compressed size, so the voxels are compressed first.
        using var voxels = new MemoryStream();
        using (var zlib = new ZLibStream(voxels, CompressionLevel.Optimal, leaveOpen: true))
        {
            VoxelWriter.Write(zlib, new VoxelEncoding(header.DataType), Interleaved(header, values));
        }

        var text = Encoding.UTF8.GetBytes(Text(header, voxels.Length, isDetached ? Path.GetFileName(voxelFile) : LocalData));
        VoxelWriter.Explain(path, () =>
        {
            if (isDetached) AtomicFile.Write(voxelFile, voxels.WriteTo);
            AtomicFile.Write(path, stream =>
            {
                stream.Write(text);
                if (!isDetached) voxels.WriteTo(stream);
            });
        });
    }

    public IReadOnlyList<string> FilesOf(string path)
    {
        if (path.EndsWith(".mha", StringComparison.OrdinalIgnoreCase)) return [path];
        var text = File.Exists(path) ? ReadText(path).Text : null;
        return text?.Get("ElementDataFile") is { } data && !data.Equals(LocalData, StringComparison.OrdinalIgnoreCase)
            ? [path, DataFile(text, data), VoxelFile(path)]
            : [path, VoxelFile(path)];
    }

    private static string VoxelFile(string path) => Path.ChangeExtension(path, ".zraw");

    private static (TextHeader Text, long End) ReadText(string path)
    {
        var text = new TextHeader(path);
        using var file = ImageStream.OpenText(path);
        var isFirst = true;
        text.ReadLines(file, line =>
        {
            if (line.Trim().Length == 0) return false;
            var equals = line.IndexOf('=');
            var name = equals < 0 ? "" : line[..equals].Trim();
            if (isFirst && name is not ("ObjectType" or "NDims" or "Comment"))
                throw text.Fault(FileStart.Fault(Encoding.Latin1.GetBytes(TextHeader.Short(line))) ?? "the file does not begin with ObjectType; it is not a MetaImage");
            if (name.Length == 0) throw text.Fault($"the header's line '{TextHeader.Short(line)}' is not a field; it is damaged or not a MetaImage");
            isFirst = false;
            text.Add(name, line[(equals + 1)..].Trim());
            return name == "ElementDataFile"; // the last field
        });
        if (text.Find("ObjectType") is { } type && type != "Image") throw text.Fault($"the ObjectType is '{TextHeader.Short(type)}', which is not an image");
        return (text, file.Position);
    }

    private static (ImageHeader Header, VoxelEncoding Encoding, bool ChannelsFirst) Parse(TextHeader text)
    {
        var sizes = text.Whole("DimSize", text.Get("DimSize"));
        if (text.Whole("NDims", text.Get("NDims")) is not [var rank] || rank != sizes.Length)
            throw text.Fault($"NDims is '{TextHeader.Short(text.Get("NDims"))}', but DimSize has {sizes.Length} numbers");
        if (rank is not (SpatialRank or SpatialRank + 1)) throw text.Fault($"the image has {rank} dimension(s), expected 3, or 4 with channels last");
        var elements = text.Find("ElementNumberOfChannels") is { } many
            ? text.Whole("ElementNumberOfChannels", many) is [> 0 and var count] ? count : throw text.Fault($"ElementNumberOfChannels is '{TextHeader.Short(many)}', expected one number of at least 1")
            : 1;
        text.CheckSizes("DimSize", sizes, elements);
        if (elements > 1 && rank > SpatialRank && sizes[SpatialRank] > 1) throw text.Fault("the image has both 4 dimensions and several channels; keep one of them");
        var typeName = text.Get("ElementType");
        if (!Types.TryGetValue(typeName, out var type)) throw text.Fault($"ElementType is '{TextHeader.Short(typeName)}', which holds no integer or real numbers of 8 to 64 bits");
        if (text.Find("BinaryData") is not null && !IsTrue(text, "BinaryData")) throw text.Fault("the voxels are stored as text (BinaryData = False); save the image again as binary");
        var isBigEndian = IsTrue(text, "BinaryDataByteOrderMSB") || IsTrue(text, "ElementByteOrderMSB");
        var slope = text.Find("ElementToIntensityFunctionSlope") is { } factor ? text.Real("ElementToIntensityFunctionSlope", factor, 1)[0] : 1;
        var intercept = text.Find("ElementToIntensityFunctionOffset") is { } added ? text.Real("ElementToIntensityFunctionOffset", added, 1)[0] : 0;
        var (affine, spacing, place) = Place(text, rank);
        Placement.Check(affine, spacing, text.Path, "TransformMatrix", "ElementSpacing");
        var header = new ImageHeader
        {
            Shape = new Shape3(sizes[2], sizes[1], sizes[0]),
            Channels = rank > SpatialRank ? Math.Max(elements, sizes[SpatialRank]) : elements,
            Spacing = spacing.ToSingle(),
            Affine = affine,
            DataType = type,
            PlaceFields = place,
            PlaceFormat = "MetaImage",
        };
        return (header, new VoxelEncoding(type, isBigEndian, slope, intercept), elements > 1);
    }

    private static (double[,] Affine, Spacing3 Spacing, Dictionary<string, string> Place) Place(TextHeader text, int rank)
    {
        double[] Numbers(string field, int count, double[] missing, params string[] names) =>
            text.Find([field, .. names]) is { } value ? text.Real(field, value, count) : missing;

        double[] identity = [.. Enumerable.Range(0, rank * rank).Select(i => i % (rank + 1) == 0 ? 1.0 : 0)];
        var matrix = Numbers("TransformMatrix", rank * rank, identity, "Rotation", "Orientation");
        var offset = Numbers("Offset", rank, new double[rank], "Position", "Origin");
        var steps = Numbers("ElementSpacing", rank, [.. Enumerable.Repeat(1.0, rank)], "ElementSize");
        if (!steps.Take(SpatialRank).All(step => step > 0)) throw text.Fault($"ElementSpacing is {string.Join(' ', steps.Select(step => step.ToString(CultureInfo.InvariantCulture)))}, "
            + $"expected positive distances between voxels");
        var unit = text.Find("DistanceUnits")?.ToLowerInvariant() switch
        {
            "um" => 0.001,
            "cm" => 10,
            "m" => 1000,
            null or "mm" or "?" => 1.0,
            var other => throw text.Fault($"DistanceUnits is '{TextHeader.Short(other)}', expected um, mm, cm or m"),
        };
        var affine = new double[4, 4];
        affine[3, 3] = 1;
        for (var row = 0; row < SpatialRank; row++)
        {
            var factor = row < 2 ? -unit : unit;
            for (var axis = 0; axis < SpatialRank; axis++) affine[row, axis] = matrix[(axis * rank) + row] * steps[axis] * factor;
            affine[row, SpatialRank] = offset[row] * factor;
        }

        var place = new Dictionary<string, string>();
        if (rank == SpatialRank)
        {
            foreach (var name in PlaceNames)
            {
                if (text.Find(name) is { } value) place[name] = value;
            }
        }

        // Older names say the same.
        if (rank > SpatialRank || !place.ContainsKey("TransformMatrix") || !place.ContainsKey("Offset") || !place.ContainsKey("ElementSpacing")) place.Clear();
        return (affine, new Spacing3(steps[2] * unit, steps[1] * unit, steps[0] * unit), place);
    }

    private static string DataFile(TextHeader text, string data) => data.Split(' ')[0].Equals("LIST", StringComparison.OrdinalIgnoreCase) || data.Contains('%')
        ? throw text.Fault("the voxels lie in several files; save the image again as one .mha file")
        : text.DataFile(data);

    /// <summary>Where voxels begin in a file of their own: behind HeaderSize bytes, or as the last bytes of the file where that is −1.</summary>
    private static long Start(TextHeader text, string voxels, ImageHeader header, bool isCompressed)
    {
        if (text.Find("HeaderSize") is not { } value) return 0;
        if (text.Whole("HeaderSize", value) is not [var size and >= -1]) throw text.Fault($"HeaderSize is '{TextHeader.Short(value)}', expected one number of at least -1");
        if (size >= 0) return size;
        var file = new FileInfo(voxels);
        if (!file.Exists) throw new ImageException(voxels, "the file does not exist");
        return isCompressed ? throw text.Fault("HeaderSize is -1, which compressed voxels cannot have") : Math.Max(0, file.Length - (header.Count * header.DataType.Size()));
    }

    private static void CheckCompressedSize(TextHeader text, string voxels, long there, bool isCompressed)
    {
        if (!isCompressed || text.Find("CompressedDataSize") is not { } value) return;
        if (text.Real("CompressedDataSize", value, 1)[0] is var size && size > there)
            throw new ImageException(voxels, string.Create(CultureInfo.InvariantCulture, $"CompressedDataSize is {size}, but {there} bytes are there; the file is cut off"));
    }

    private static bool IsTrue(TextHeader text, string name) => text.Find(name) is { } value
        && (value.Equals("True", StringComparison.OrdinalIgnoreCase) || value.Equals("T", StringComparison.OrdinalIgnoreCase) || value == "1");

    private static string Text(ImageHeader header, long compressedSize, string dataFile)
    {
        var (shape, text) = (header.Shape, new StringBuilder());
        void Add(string name, string value) => text.Append(name).Append(" = ").Append(value).Append('\n');
        Add("ObjectType", "Image");
        Add("NDims", "3");
        Add("BinaryData", "True");
        Add("BinaryDataByteOrderMSB", "False");
        Add("CompressedData", "True");
        Add("CompressedDataSize", compressedSize.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in Place(header)) Add(name, value);
        Add("DimSize", string.Create(CultureInfo.InvariantCulture, $"{shape.X} {shape.Y} {shape.Z}"));
        if (header.Channels > 1) Add("ElementNumberOfChannels", header.Channels.ToString(CultureInfo.InvariantCulture));
        Add("ElementType", Types.First(pair => pair.Value == header.DataType).Key);
        Add("ElementDataFile", dataFile);
        return text.ToString();
    }

    private static IEnumerable<KeyValuePair<string, string>> Place(ImageHeader header)
    {
        if (header.PlaceFormat == "MetaImage" && header.PlaceFields.Count > 0) return header.PlaceFields;
        double[] steps = [header.Spacing.X, header.Spacing.Y, header.Spacing.Z];
        double Cosine(int row, int axis) => (row < 2 ? -1 : 1) * header.Affine[row, axis] / steps[axis];
        string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(value => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture)));
        return
        [
            new("TransformMatrix", Numbers(Enumerable.Range(0, SpatialRank * SpatialRank).Select(i => Cosine(i % SpatialRank, i / SpatialRank)))),
            new("Offset", Numbers([-header.Affine[0, 3], -header.Affine[1, 3], header.Affine[2, 3]])),
            new("CenterOfRotation", "0 0 0"),
            new("ElementSpacing", Numbers(steps)),
        ];
    }

    /// <summary>The channels of a voxel side by side, as the format has them.</summary>
    private static ReadOnlyMemory<T> Interleaved<T>(ImageHeader header, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        if (header.Channels == 1) return values;
        var (channels, count, result) = (header.Channels, (int)header.Shape.Count, new T[values.Length]);
        for (var c = 0; c < channels; c++)
        {
            for (var i = 0; i < count; i++) result[(i * channels) + c] = values.Span[(c * count) + i];
        }

        return result;
    }
}
