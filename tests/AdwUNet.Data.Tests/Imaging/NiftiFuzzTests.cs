using System.IO.Compression;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Imaging;

/// <summary>Whatever a file holds, it is read or refused, and takes no more memory than it can fill.</summary>
public class NiftiFuzzTests
{
    private const int HeaderTries = 15_000;
    private const int StreamTries = 6_000;
    private const int HeaderLength = 544; // of NIfTI-2, with what says whether extensions follow

    private static readonly string[] Headers =
        ["bigendian_scaled.nii", "int16.nii.gz", "nifti2.nii.gz", "pair.hdr", "fourd.nii.gz", "uint8.nii.gz"];

    private static readonly string[] Streams = ["int16.nii.gz", "nifti2.nii.gz", "pair.img"];

    [Fact]
    [Promise("Whatever bytes a NIfTI file holds, it is read or refused by name, in bounded time and with memory of a small multiple of its size")]
    public void A_damaged_image_is_read_or_refused()
    {
        var (tries, refused) = (0, 0);
        foreach (var name in Headers)
        {
            Fuzz(name, isHeader: true, HeaderTries);
        }

        foreach (var name in Streams)
        {
            Fuzz(name, isHeader: false, StreamTries);
        }

        PromiseTable.Kept($"{tries:N0} damaged headers and streams, {refused:N0} of them refused");

        void Fuzz(string name, bool isHeader, int count)
        {
            using var folder = new TemporaryFolder(inMemory: true);
            var fuzz = Run(folder, name, isHeader);
            fuzz.Run(count);
            Assert.InRange(fuzz.Refused, count / 20, count);
            (tries, refused) = (tries + count, refused + fuzz.Refused);
        }
    }

    /// <param name="folder">Where the damaged file lies.</param>
    /// <param name="name">The golden file.</param>
    /// <param name="isHeader">Whether what is damaged is the image's header, or else its stream as it lies in the file.</param>
    private static FuzzRun Run(TemporaryFolder folder, string name, bool isHeader)
    {
        if (name.StartsWith("pair", StringComparison.Ordinal))
        {
            foreach (var part in (string[])["pair.hdr", "pair.img"])
            {
                File.Copy(GoldenFiles.PathOf("nifti", part), folder.PathOf(part));
            }
        }

        var path = folder.PathOf(name);
        var isInside = isHeader && name.EndsWith(".gz", StringComparison.Ordinal);
        var original = File.ReadAllBytes(GoldenFiles.PathOf("nifti", name));
        var damaged = isInside ? Decompress(original) : original;
        return new FuzzRun
        {
            Name = $"{name}, {(isHeader ? "header" : "stream")}",
            Path = path,
            MentionedAs = folder.Root,
            Damage = random => new(ByteDamage.Of(damaged, random, isHeader ? HeaderLength : int.MaxValue)),
            Write = (file, bytes) => File.WriteAllBytes(file, isInside ? Compress(bytes) : bytes),
            Read = random => ReadInSomeWay(path, random),
            IsRefusal = error => error is ImageException,
        };
    }

    private static void ReadInSomeWay(string path, Random random)
    {
        var header = Nifti.ReadHeader(path);
        Assert.All(header.Affine.Cast<double>(), value => Assert.True(double.IsFinite(value)));
        var count = random.Next(3) switch
        {
            0 => Nifti.ReadVolume(path).Data.Length,
            1 => Nifti.Read(path).Values.Length,
            _ => Nifti.ReadLabels(path).Data.Length,
        };
        Assert.Equal(header.Count, count);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest)) gzip.Write(bytes);
        return result.ToArray();
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(result);
        return result.ToArray();
    }
}
