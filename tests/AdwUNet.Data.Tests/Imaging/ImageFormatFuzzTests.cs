using System.Text;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Imaging;

/// <summary>As <see cref="NiftiFuzzTests"/> for the formats with text headers.</summary>
public class ImageFormatFuzzTests
{
    private const int HeaderTries = 12_000;
    private const int StreamTries = 4_000;

    [Fact]
    [Promise("Whatever bytes an NRRD or MetaImage file holds, it is read or refused by name, in bounded time and with memory of a small multiple of its size")]
    public void A_damaged_image_is_read_or_refused()
    {
        var (tries, refused) = (0, 0);
        foreach (var ending in (string[])[".nrrd", ".nhdr", ".mha", ".mhd"])
        {
            Fuzz(ending, isHeader: true, HeaderTries);
            if (ending is ".nrrd" or ".mha") Fuzz(ending, isHeader: false, StreamTries);
        }

        PromiseTable.Kept($"{tries:N0} damaged headers and streams, {refused:N0} of them refused");

        void Fuzz(string ending, bool isHeader, int count)
        {
            using var folder = new TemporaryFolder(inMemory: true);
            var path = folder.PathOf("x" + ending);
            var shape = new Shape3(5, 6, 7);
            ImageFile.WriteVolume(path, new Volume([.. Enumerable.Range(0, 420).Select(i => (float)(i % 50))], 2, shape, new Spacing3(2.5, 0.7, 0.9)));
            var original = File.ReadAllBytes(path);
            var header = HeaderLength(original);
            var fuzz = new FuzzRun
            {
                Name = $"{ending}, {(isHeader ? "header" : "stream")}",
                Path = path,
                MentionedAs = folder.Root,
                Damage = random => new(isHeader ? ByteDamage.Of(original, random, header) : [.. original[..header], .. ByteDamage.Of(original[header..], random)]),
                Read = random => ReadInSomeWay(path, random),
                IsRefusal = error => error is ImageException,
            };
            fuzz.Run(count);
            Assert.InRange(fuzz.Refused, count / 20, count);
            (tries, refused) = (tries + count, refused + fuzz.Refused);
        }
    }

    /// <summary>Where the text ends.</summary>
    private static int HeaderLength(byte[] file)
    {
        foreach (var end in (string[])["\n\n", "LOCAL\n"])
        {
            var at = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(end));
            if (at >= 0) return at + end.Length;
        }

        return file.Length;
    }

    private static void ReadInSomeWay(string path, Random random)
    {
        var header = ImageFile.ReadHeader(path);
        Assert.All(header.Affine.Cast<double>(), value => Assert.True(double.IsFinite(value)));
        Assert.Equal(header.Count, random.Next(2) == 0 ? ImageFile.ReadVolume(path).Data.Length : ImageFile.ReadLabels(path).Data.Length);
    }
}
