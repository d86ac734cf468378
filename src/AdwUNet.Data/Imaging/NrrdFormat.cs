using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Text;

namespace AdwUNet.Imaging;

/// <summary>NRRD, with its voxels in the same file or in another (<c>.nhdr</c>). Source: teem.sourceforge.net/nrrd/format.html.</summary>
internal sealed class NrrdFormat : IImageFormat
{
    private const string Left = "left-posterior-superior";

    public IReadOnlyList<string> Endings { get; } = [".nrrd", ".nhdr"];

    public OpenImage Open(string path)
    {
        var header = NrrdHeader.Read(path);
        var stream = ImageStream.OpenPart(header.VoxelPath, header.VoxelStart, header.IsCompressed ? Compression.Gzip : Compression.None);
        try
        {
            OpenImage.CheckDemand(header.Image, stream, header.ByteSkip, header.VoxelPath);
            if (!stream.Skip(header.ByteSkip)) throw new ImageException(header.VoxelPath, $"byte skip is {header.ByteSkip}, past the end of the file");
            return new OpenImage(header.VoxelPath, stream, header.Image, header.Encoding, header.ChannelsFirst);
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
        var isDetached = path.EndsWith(".nhdr", StringComparison.OrdinalIgnoreCase);
        var voxels = isDetached ? VoxelFile(path) : path;
        VoxelWriter.Explain(path, () =>
        {
            if (isDetached) AtomicFile.Write(voxels, WriteVoxels);
            AtomicFile.Write(path, stream =>
            {
                stream.Write(Encoding.UTF8.GetBytes(Text(header, isDetached ? Path.GetFileName(voxels) : null)));
                if (!isDetached) WriteVoxels(stream);
            });
        });

        void WriteVoxels(Stream stream)
        {
            using var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
            VoxelWriter.Write(gzip, new VoxelEncoding(header.DataType), values);
        }
    }

    public IReadOnlyList<string> FilesOf(string path) => path.EndsWith(".nhdr", StringComparison.OrdinalIgnoreCase)
        ? [path, File.Exists(path) ? NrrdHeader.Read(path).VoxelPath : VoxelFile(path), VoxelFile(path)]
        : [path];

    private static string VoxelFile(string path) => Path.ChangeExtension(path, ".raw.gz");

    private static string Text(ImageHeader header, string? dataFile)
    {
        var (shape, isMany) = (header.Shape, header.Channels > 1);
        var text = new StringBuilder("NRRD0004\n");
        void Add(string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');
        Add("type", NrrdHeader.TypeName(header.DataType));
        Add("dimension", isMany ? "4" : "3");
        foreach (var (name, value) in Place(header))
        {
            Add(name, name == "space directions" && isMany ? value + " none" : value);
        }

        Add("sizes", string.Create(CultureInfo.InvariantCulture, $"{shape.X} {shape.Y} {shape.Z}") + (isMany ? $" {header.Channels}" : ""));
        Add("kinds", "domain domain domain" + (isMany ? " list" : ""));
        Add("endian", "little");
        Add("encoding", "gzip");
        if (dataFile is not null) Add("data file", dataFile);
        return text.Append('\n').ToString();
    }

    /// <summary>The fields that place the image in space: those of the file it came from, else the affine in the space that ITK writes.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Place(ImageHeader header)
    {
        if (header.PlaceFormat == "NRRD") return header.PlaceFields;
        string Vector(int column) => $"({string.Join(',', Enumerable.Range(0, 3).Select(row => Number(row < 2 ? -header.Affine[row, column] : header.Affine[row, column])))})";
        return
        [
            new("space", Left),
            new("space directions", $"{Vector(0)} {Vector(1)} {Vector(2)}"),
            new("space origin", Vector(3)),
        ];
    }

    private static string Number(double value) => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture);
}
