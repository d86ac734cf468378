namespace AdwUNet.Imaging;

/// <summary>Turns the first bytes of a file into a header, or says which field is wrong.</summary>
internal static class NiftiHeaderReader
{
    private const int SpatialRank = 3;
    private const int ChannelDimension = 4;
    private const int BitsPerByte = 8;

    /// <summary>Bytes that tell which standard and byte order a header has: <c>sizeof_hdr</c>.</summary>
    public const int SizeFieldLength = sizeof(int);

    private static readonly string[] AxisNames = ["x", "y", "z"];

    /// <summary>Which standard a file follows, from its first four bytes.</summary>
    public static (NiftiLayout Layout, bool IsBigEndian) Recognise(ReadOnlySpan<byte> start, string path)
    {
        Span<byte> size = stackalloc byte[SizeFieldLength];
        start[..SizeFieldLength].CopyTo(size);
        foreach (var layout in (ReadOnlySpan<NiftiLayout>)[NiftiLayout.Nifti1, NiftiLayout.Nifti2])
        {
            foreach (var bigEndian in (ReadOnlySpan<bool>)[false, true])
            {
                if (new NiftiFields(size, bigEndian).Integer(0, SizeFieldLength) == layout.Size) return (layout, bigEndian);
            }
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            throw new ImageException(path, "the image is compressed with gzip two times; decompress the file once with 'gunzip' and name it .nii.gz again");
        var found = new NiftiFields(size, bigEndian: false).Integer(0, SizeFieldLength);
        throw new ImageException(
            path, $"sizeof_hdr is {found}, neither 348 (NIfTI-1) nor 540 (NIfTI-2) in either byte order; it is not a NIfTI file");
    }

    /// <summary>Reads every field and checks it by itself; whether the file is long enough is for the caller to see.</summary>
    public static NiftiHeader Parse(Span<byte> bytes, NiftiLayout layout, bool isBigEndian, bool isPair, string path)
    {
        var fields = new NiftiFields(bytes, isBigEndian);
        CheckMagic(bytes, layout, isPair, path);
        var (shape, channels) = Dimensions(fields, layout, path);
        var type = DataType(fields, layout, path);
        var (slope, intercept) = Scaling(fields, layout, path);
        var units = (int)fields.Integer(layout.Units, layout.UnitsSize);
        var millimetres = NiftiUnits.Millimetres(units);
        var spacing = Spacing(fields, layout, path);
        var sform = fields.Reals(layout.Sform, layout.RealSize, NiftiAffine.SformValues);
        var header = new NiftiHeader
        {
            Shape = shape,
            Channels = channels,
            Spacing = new Spacing3(spacing.Z * millimetres, spacing.Y * millimetres, spacing.X * millimetres),
            DataType = type,
            Slope = slope,
            Intercept = intercept,
            IsBigEndian = isBigEndian,
            Version = layout.Version,
            Description = fields.Text(layout.Description, NiftiLayout.DescriptionLength),
            Units = units,
            QformCode = (int)fields.Integer(layout.QformCode, layout.CodeSize),
            Quaternion = fields.Reals(layout.Quaternion, layout.RealSize, 3),
            QformOffset = Array.ConvertAll(fields.Reals(layout.QformOffset, layout.RealSize, 3), length => length * millimetres),
            QformFactor = fields.Real(layout.Pixdim, layout.RealSize) < 0 ? -1 : 1,
            SformCode = (int)fields.Integer(layout.SformCode, layout.CodeSize),
            Sform = Array.ConvertAll(sform, length => length * millimetres),
            DataOffset = DataOffset(fields, layout, isPair, path),
        };
        var form = header.SformCode > 0 ? "sform" : "qform";
        foreach (var value in header.Affine)
        {
            if (!double.IsFinite(value)) throw new ImageException(path, $"the {form} holds {value}, which is not a finite number");
        }

        if (header.SformCode > 0 || header.QformCode > 0) Placement.Check(header.Affine, header.Spacing, path, form, "pixdim");
        return header;
    }

    private static void CheckMagic(ReadOnlySpan<byte> bytes, NiftiLayout layout, bool isPair, string path)
    {
        var expected = isPair ? layout.PairMagic : layout.SingleMagic;
        var found = bytes.Slice(layout.Magic, expected.Length);
        if (found.SequenceEqual(expected)) return;
        if (isPair && layout == NiftiLayout.Nifti1 && !found.ContainsAnyExcept((byte)0))
        {
            throw new ImageException(
                path, "this is an image of Analyze 7.5, which has no magic and no safe place in space; convert it to NIfTI with nibabel or 'fslchfiletype NIFTI_GZ', and check left and right");
        }

        throw new ImageException(
            path, $"the magic is {Convert.ToHexString(found)}, expected {Convert.ToHexString(expected)} in such a file");
    }

    private static (Shape3 Shape, int Channels) Dimensions(NiftiFields fields, NiftiLayout layout, string path)
    {
        var rank = fields.Integer(layout.Dim, layout.DimSize);
        if (rank is < 1 or > NiftiLayout.MaxRank)
            throw new ImageException(path, $"dim[0] is {rank}, expected the number of dimensions, 1 to 7");
        if (rank < SpatialRank)
            throw new ImageException(path, $"the image has {rank} dimension(s), expected 3, or 4 with channels last");

        Span<int> sizes = stackalloc int[ChannelDimension + 1];
        sizes[ChannelDimension] = 1;
        Int128 count = 1;
        for (var i = 1; i <= rank; i++)
        {
            var size = fields.Integer(layout.Dim + i * layout.DimSize, layout.DimSize);
            if (size is < 1 or > int.MaxValue)
                throw new ImageException(path, $"dim[{i}] is {size}, expected a number of voxels of at least 1");
            if (i <= ChannelDimension)
                sizes[i] = (int)size;
            else if (size != 1)
                throw new ImageException(path, $"dim[{i}] is {size}: images of more than 4 dimensions are not supported");
            count *= size;
        }

        if (count > Array.MaxLength)
            throw new ImageException(path, $"the header asks for {count} voxels, more than an array can hold ({Array.MaxLength})");
        return (new Shape3(sizes[3], sizes[2], sizes[1]), sizes[ChannelDimension]);
    }

    private static NiftiDataType DataType(NiftiFields fields, NiftiLayout layout, string path)
    {
        var code = (int)fields.Integer(layout.DataType, sizeof(short));
        var type = (NiftiDataType)code;
        if (!Enum.IsDefined(type))
        {
            var name = NiftiDataTypes.Unsupported(code) is { } known ? $" ({known})" : "";
            throw new ImageException(path, $"datatype is {code}{name}, which holds no integer or real numbers of 8 to 64 bits");
        }

        var bits = fields.Integer(layout.BitsPerVoxel, sizeof(short));
        if (bits != type.Size() * BitsPerByte)
            throw new ImageException(path, $"bitpix is {bits}, but datatype {code} ({type}) has {type.Size() * BitsPerByte}");
        return type;
    }

    private static Spacing3 Spacing(NiftiFields fields, NiftiLayout layout, string path)
    {
        var steps = fields.Reals(layout.Pixdim + layout.RealSize, layout.RealSize, SpatialRank);
        for (var i = 0; i < steps.Length; i++)
        {
            if (!(double.IsFinite(steps[i]) && steps[i] > 0))
            {
                throw new ImageException(
                    path, $"pixdim[{i + 1}] is {steps[i]}, expected a positive distance between voxels along {AxisNames[i]}");
            }
        }

        return new Spacing3(steps[2], steps[1], steps[0]);
    }

    private static (double Slope, double Intercept) Scaling(NiftiFields fields, NiftiLayout layout, string path)
    {
        var slope = fields.Real(layout.Slope, layout.RealSize);
        var intercept = fields.Real(layout.Intercept, layout.RealSize);

        // The standard: a slope of 0 means no scaling; nibabel writes NaN for the same.
        if (slope == 0 || !double.IsFinite(slope)) return (1, 0);
        return double.IsFinite(intercept)
            ? (slope, intercept)
            : throw new ImageException(path, $"scl_inter is {intercept}, expected a number to add to the voxels");
    }

    private static long DataOffset(NiftiFields fields, NiftiLayout layout, bool isPair, string path)
    {
        var offset = layout.Version == NiftiLayout.Nifti1.Version
            ? fields.Real(layout.VoxOffset, layout.RealSize)
            : fields.Integer(layout.VoxOffset, sizeof(long));
        long smallest = isPair ? 0 : layout.SingleFileOffset;
        return offset >= smallest && offset < long.MaxValue && offset == Math.Floor(offset)
            ? (long)offset
            : throw new ImageException(path, $"vox_offset is {offset}, expected a whole number of bytes of at least {smallest}");
    }
}
