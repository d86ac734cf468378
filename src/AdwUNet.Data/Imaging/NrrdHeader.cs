using System.Text;

namespace AdwUNet.Imaging;

/// <summary>The validated content of an NRRD header.</summary>
internal sealed record NrrdHeader
{
    private const int SpatialRank = 3;

    private static readonly Dictionary<string, NiftiDataType> Types = new()
    {
        ["signed char"] = NiftiDataType.Int8,
        ["int8"] = NiftiDataType.Int8,
        ["int8_t"] = NiftiDataType.Int8,
        ["uchar"] = NiftiDataType.UInt8,
        ["unsigned char"] = NiftiDataType.UInt8,
        ["uint8"] = NiftiDataType.UInt8,
        ["uint8_t"] = NiftiDataType.UInt8,
        ["short"] = NiftiDataType.Int16,
        ["short int"] = NiftiDataType.Int16,
        ["signed short"] = NiftiDataType.Int16,
        ["signed short int"] = NiftiDataType.Int16,
        ["int16"] = NiftiDataType.Int16,
        ["int16_t"] = NiftiDataType.Int16,
        ["ushort"] = NiftiDataType.UInt16,
        ["unsigned short"] = NiftiDataType.UInt16,
        ["unsigned short int"] = NiftiDataType.UInt16,
        ["uint16"] = NiftiDataType.UInt16,
        ["uint16_t"] = NiftiDataType.UInt16,
        ["int"] = NiftiDataType.Int32,
        ["signed int"] = NiftiDataType.Int32,
        ["int32"] = NiftiDataType.Int32,
        ["int32_t"] = NiftiDataType.Int32,
        ["uint"] = NiftiDataType.UInt32,
        ["unsigned int"] = NiftiDataType.UInt32,
        ["uint32"] = NiftiDataType.UInt32,
        ["uint32_t"] = NiftiDataType.UInt32,
        ["longlong"] = NiftiDataType.Int64,
        ["long long"] = NiftiDataType.Int64,
        ["long long int"] = NiftiDataType.Int64,
        ["signed long long"] = NiftiDataType.Int64,
        ["signed long long int"] = NiftiDataType.Int64,
        ["int64"] = NiftiDataType.Int64,
        ["int64_t"] = NiftiDataType.Int64,
        ["ulonglong"] = NiftiDataType.UInt64,
        ["unsigned long long"] = NiftiDataType.UInt64,
        ["unsigned long long int"] = NiftiDataType.UInt64,
        ["uint64"] = NiftiDataType.UInt64,
        ["uint64_t"] = NiftiDataType.UInt64,
        ["float"] = NiftiDataType.Float32,
        ["double"] = NiftiDataType.Float64,
    };

    // Each space by its long and its short name, with the signs that turn its coordinates into right, anterior, superior.
    private static readonly (string Name, string Short, int X, int Y)[] Spaces =
    [
        ("right-anterior-superior", "RAS", 1, 1),
        ("left-anterior-superior", "LAS", -1, 1),
        ("left-posterior-superior", "LPS", -1, -1),
        ("scanner-xyz", "scanner-xyz", 1, 1),
        ("3D-right-handed", "3D-right-handed", 1, 1),
        ("3D-left-handed", "3D-left-handed", 1, 1),
    ];

    public required ImageHeader Image { get; init; }

    public required VoxelEncoding Encoding { get; init; }

    public required string VoxelPath { get; init; }

    public required long VoxelStart { get; init; }

    public required bool IsCompressed { get; init; }

    public required long ByteSkip { get; init; }

    /// <summary>Whether the channels are the fastest axis.</summary>
    public required bool ChannelsFirst { get; init; }

    public static string TypeName(NiftiDataType type) => type switch
    {
        NiftiDataType.Int8 => "int8",
        NiftiDataType.UInt8 => "uint8",
        NiftiDataType.Int16 => "int16",
        NiftiDataType.UInt16 => "uint16",
        NiftiDataType.Int32 => "int32",
        NiftiDataType.UInt32 => "uint32",
        NiftiDataType.Int64 => "int64",
        NiftiDataType.UInt64 => "uint64",
        NiftiDataType.Float32 => "float",
        _ => "double",
    };

    public static NrrdHeader Read(string path)
    {
        var text = new TextHeader(path);
        long end;
        using (var file = ImageStream.OpenText(path))
        {
            var isFirst = true;
            text.ReadLines(file, line =>
            {
                if (isFirst) CheckMagic(text, line);
                else if (line.Length > 0) TakeLine(text, line);
                var isLast = line.Length == 0 && !isFirst;
                isFirst = false;
                return isLast;
            });
            end = file.Position;
        }

        return Parse(text, end);
    }

    private static void CheckMagic(TextHeader text, string line)
    {
        if (line.StartsWith("NRRD000", StringComparison.Ordinal)) return;
        throw text.Fault(FileStart.Fault(System.Text.Encoding.Latin1.GetBytes(TextHeader.Short(line))) ?? "the file does not begin with NRRD000; it is no NRRD image");
    }

    private static void TakeLine(TextHeader text, string line)
    {
        if (line.StartsWith('#') || line.Contains(":=", StringComparison.Ordinal)) return; // comments, and texts by key
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        if (colon < 0) throw text.Fault($"the header's line '{TextHeader.Short(line)}' is not a field; it is damaged or not an NRRD image");
        text.Add(line[..colon].Trim(), line[(colon + 2)..].Trim());
    }

    private static NrrdHeader Parse(TextHeader text, long end)
    {
        var sizes = text.Whole("sizes", text.Get("sizes"));
        if (text.Whole("dimension", text.Get("dimension")) is not [var rank] || rank != sizes.Length)
            throw text.Fault($"the field 'dimension' is '{TextHeader.Short(text.Get("dimension"))}', but 'sizes' has {sizes.Length} numbers");
        if (rank is not (SpatialRank or SpatialRank + 1)) throw text.Fault($"the image has {rank} dimension(s), expected 3, or 4 with channels");
        text.CheckSizes("sizes", sizes);
        var directions = text.Find("space directions") is { } listed ? Vectors(text, "space directions", listed) : null;
        if (directions is not null && directions.Count != rank) throw text.Fault($"the field 'space directions' has {directions.Count} vectors for {rank} dimensions");
        var channelAxis = rank == SpatialRank ? -1 : ChannelAxis(text, directions);
        int[] axes = [.. Enumerable.Range(0, rank).Where(axis => axis != channelAxis)];
        var typeName = text.Get("type");
        if (!Types.TryGetValue(typeName.ToLowerInvariant(), out var type)) throw text.Fault($"the field 'type' is '{TextHeader.Short(typeName)}', "
            + $"which holds no integer or real numbers of 8 to 64 bits");
        var (affine, spacing, place) = Place(text, axes, directions);
        Placement.Check(affine, spacing, text.Path, "space directions", "the spacing");
        var encoding = text.Get("encoding").ToLowerInvariant();
        if (encoding is not ("raw" or "gzip" or "gz")) throw text.Fault($"the encoding is '{TextHeader.Short(encoding)}', but only raw and gzip are read; save it again with 'unu save -e gzip'");
        if (text.Find("line skip", "lineskip") is { } lines && lines != "0") throw text.Fault("the field 'line skip' is not supported; save the image again as one .nrrd file");
        var image = new ImageHeader
        {
            Shape = new Shape3(sizes[axes[2]], sizes[axes[1]], sizes[axes[0]]),
            Channels = channelAxis < 0 ? 1 : sizes[channelAxis],
            Spacing = spacing.ToSingle(),
            Affine = affine,
            DataType = type,
            PlaceFields = place,
            PlaceFormat = "NRRD",
        };
        var detached = text.Find("data file", "datafile");
        var start = detached is null ? end : 0;
        var voxels = detached is null ? text.Path : DataFile(text, detached);
        return new NrrdHeader
        {
            Image = image,
            Encoding = new VoxelEncoding(type, type.Size() > 1 && IsBigEndian(text)),
            VoxelPath = voxels,
            VoxelStart = start,
            IsCompressed = encoding != "raw",
            ByteSkip = SkipOf(text, encoding, voxels, start, image),
            ChannelsFirst = channelAxis == 0,
        };
    }

    private static string DataFile(TextHeader text, string name) => name.StartsWith("LIST", StringComparison.Ordinal) || name.Contains('%')
        ? throw text.Fault("the voxels lie in several files; save the image again as one .nrrd file")
        : text.DataFile(name);

    private static bool IsBigEndian(TextHeader text) => text.Get("endian").ToLowerInvariant() switch
    {
        "big" => true,
        "little" => false,
        var other => throw text.Fault($"the field 'endian' is '{TextHeader.Short(other)}', expected little or big"),
    };

    private static long SkipOf(TextHeader text, string encoding, string voxels, long start, ImageHeader image)
    {
        if (text.Find("byte skip", "byteskip") is not { } skip) return 0;
        if (text.Whole("byte skip", skip) is not [var bytes and >= -1]) throw text.Fault($"the field 'byte skip' is '{TextHeader.Short(skip)}', expected one number of at least -1");
        if (bytes >= 0) return bytes;
        if (encoding != "raw") throw text.Fault("the field 'byte skip' is -1, which only the encoding raw can have");

        // The voxels are the last bytes of the file.
        var file = new FileInfo(voxels);
        if (!file.Exists) throw new ImageException(voxels, "the file does not exist");
        return Math.Max(0, file.Length - start - (image.Count * image.DataType.Size()));
    }

    /// <summary>The axis of the channels: the one without a space direction, else the one whose kind is not spatial, else the last.</summary>
    private static int ChannelAxis(TextHeader text, List<double[]?>? directions)
    {
        int[] none = directions is not null
            ? [.. Enumerable.Range(0, directions.Count).Where(axis => directions[axis] is null)]
            : text.Find("kinds") is { } kinds
                ? [.. kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((kind, axis) => (kind, axis)).Where(pair => pair.kind is not ("domain" or "space")).Select(pair => pair.axis)]
                : [SpatialRank];
        return none is [0 or SpatialRank]
            ? none[0]
            : throw text.Fault("the image has 4 dimensions, of which not exactly one, the first or the last, holds channels");
    }

    private static (double[,] Affine, Spacing3 Spacing, Dictionary<string, string> Place) Place(TextHeader text, int[] axes, List<double[]?>? directions)
    {
        var place = new Dictionary<string, string>();
        string? Keep(string name)
        {
            if (text.Find(name) is { } value) place[name] = value;
            return text.Find(name);
        }

        if (directions is null) return WithoutDirections(text, axes);
        var (signX, signY) = (1, 1);
        if (Keep("space") is { } space)
        {
            var known = Spaces.FirstOrDefault(entry => space.Equals(entry.Name, StringComparison.OrdinalIgnoreCase) || space.Equals(entry.Short, StringComparison.OrdinalIgnoreCase));
            (signX, signY) = known.Name is not null ? (known.X, known.Y) : throw text.Fault($"the space is '{TextHeader.Short(space)}', which is none "
                + $"of {string.Join(", ", Spaces.Select(entry => entry.Name))}");
        }
        else if (Keep("space dimension") is not "3")
        {
            throw text.Fault("the header has 'space directions' but neither a 'space' nor a 'space dimension' of 3");
        }

        double[] units = Keep("space units") is { } names ? Units(text, names) : [1, 1, 1];
        double[] factors = [signX * units[0], signY * units[1], units[2]];
        var affine = new double[4, 4];
        affine[3, 3] = 1;
        void Set(int column, double[] vector)
        {
            for (var row = 0; row < SpatialRank; row++) affine[row, column] = vector[row] * factors[row];
        }

        for (var axis = 0; axis < SpatialRank; axis++)
        {
            Set(axis, directions[axes[axis]] ?? throw text.Fault("the field 'space directions' gives a direction to fewer than 3 axes"));
        }

        if (Keep("space origin") is { } origin)
            Set(SpatialRank, Vectors(text, "space origin", origin) is [{ } vector] ? vector : throw text.Fault("the field 'space origin' is not one vector"));
        Keep("measurement frame");
        place["space directions"] = string.Join(' ', axes.Select(axis => Words(text.Get("space directions"))[axis]));
        return (affine, new Spacing3(Placement.ColumnLength(affine, 2), Placement.ColumnLength(affine, 1), Placement.ColumnLength(affine, 0)), place);
    }

    /// <summary>As ITK takes it: axes to the left, back and up, the first voxel at the origin.</summary>
    private static (double[,] Affine, Spacing3 Spacing, Dictionary<string, string> Place) WithoutDirections(TextHeader text, int[] axes)
    {
        double[] steps = [1, 1, 1];
        var place = new Dictionary<string, string>();
        if (text.Find("spacings") is { } listed)
        {
            var words = Words(listed);
            if (words.Length <= axes[^1]) throw text.Fault($"the field 'spacings' has {words.Length} numbers for {axes[^1] + 1} dimensions");
            steps = text.Real("spacings", string.Join(' ', axes.Select(axis => words[axis])), SpatialRank);
            place["spacings"] = string.Join(' ', axes.Select(axis => words[axis]));
            if (!steps.All(step => step > 0)) throw text.Fault($"the field 'spacings' is '{TextHeader.Short(listed)}', expected positive distances between voxels");
        }

        var affine = new double[4, 4];
        (affine[0, 0], affine[1, 1], affine[2, 2], affine[3, 3]) = (-steps[0], -steps[1], steps[2], 1);
        return (affine, new Spacing3(steps[2], steps[1], steps[0]), place);
    }

    private static double[] Units(TextHeader text, string names)
    {
        string[] units = [.. names.Split('"', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (units.Length != SpatialRank) throw text.Fault($"the field 'space units' names {units.Length} units, expected 3 in quotation marks");
        return [.. units.Select(unit => unit.ToLowerInvariant() switch
        {
            "mm" or "millimeter" or "millimetre" or "" or "?" or "???" => 1.0,
            "m" or "meter" or "metre" => 1000,
            "cm" or "centimeter" or "centimetre" => 10,
            "um" or "µm" or "μm" or "âµm" or "î¼m" or "micron" or "micrometer" or "micrometre" => 0.001,
            _ => throw text.Fault($"the field 'space units' names '{TextHeader.Short(unit)}', expected mm, cm, m or um"),
        })];
    }

    /// <summary>Vectors such as <c>(1,0,0) none (0,1,0)</c>; <c>none</c> gives null.</summary>
    private static List<double[]?> Vectors(TextHeader text, string field, string value)
    {
        var vectors = new List<double[]?>();
        foreach (var word in Words(value))
        {
            if (word.Equals("none", StringComparison.OrdinalIgnoreCase))
            {
                vectors.Add(null);
                continue;
            }

            if (!word.StartsWith('(') || !word.EndsWith(')')) throw text.Fault($"the field '{field}' holds '{TextHeader.Short(word)}', expected vectors such as (1,0,0)");
            vectors.Add(text.Real(field, word[1..^1].Replace(',', ' '), SpatialRank));
        }

        return vectors;
    }

    /// <summary>The words of a field; a vector counts as one, with or without spaces in it.</summary>
    private static string[] Words(string value)
    {
        var joined = new StringBuilder();
        var depth = 0;
        foreach (var letter in value)
        {
            depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
            if (depth <= 0 || letter is not (' ' or '\t')) joined.Append(letter);
            if (letter == ')') joined.Append(' ');
        }

        return joined.ToString().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }
}
