using System.Text.Json;
using AdwUNet.Imaging;

namespace AdwUNet.Data.Tests.Cases;

/// <summary>
/// Files as scanners, converters and archives leave them: <c>cases/images.json</c>; and as the formats' own implementations write them: <c>cases/formats.json</c>.
/// </summary>
public class ImageCasesTests
{
    private const double AffineTolerance = 1e-4; // mm

    [Fact]
    public void Every_image_is_read_with_its_values_or_refused_with_its_reason() => CaseFiles.All(
        CaseFiles.Read("images"), entry => entry.GetProperty("file").GetString()!, entry => Check(entry, "images"));

    [Fact]
    public void Every_image_that_ITK_or_Teem_wrote_is_read_with_its_values_and_its_place() => CaseFiles.All(
        CaseFiles.Read("formats"), entry => entry.GetProperty("file").GetString()!, entry => Check(entry, "formats"));

    private static void Check(JsonElement entry, string set)
    {
        var path = CaseFiles.PathOf(set, entry.GetProperty("file").GetString()!);
        var isLabels = entry.GetProperty("read_as").GetString() == "labels";
        if (entry.GetProperty("expected").GetString() == "refused")
        {
            var error = Assert.Throws<ImageException>(() => isLabels ? (object)ImageFile.ReadLabels(path) : ImageFile.ReadVolume(path));
            Assert.StartsWith(Path.ChangeExtension(path, null), error.Message, StringComparison.Ordinal);
            CaseFiles.AssertSays(error.Message, entry.GetProperty("message"), error.Path);
            return;
        }

        var header = ImageFile.ReadHeader(path);
        double[] values = isLabels ? [.. ImageFile.ReadLabels(path).Data] : [.. ImageFile.ReadVolume(path).Data];
        Assert.Equal(CaseFiles.Numbers(entry.GetProperty("shape")), (double[])[header.Shape.X, header.Shape.Y, header.Shape.Z]);
        Assert.Equal(entry.GetProperty("channels").GetInt32(), header.Channels);
        CaseFiles.AssertLengths(CaseFiles.Numbers(entry.GetProperty("spacing_mm")), [header.Spacing.X, header.Spacing.Y, header.Spacing.Z]);
        var rows = entry.GetProperty("affine_mm").EnumerateArray().Select(CaseFiles.Numbers).ToArray();
        if (entry.TryGetProperty("affine_may_differ", out _))
        {
            double Length(int column) => Math.Sqrt(Enumerable.Range(0, 3).Sum(row => header.Affine[row, column] * header.Affine[row, column]));
            CaseFiles.AssertLengths(CaseFiles.Numbers(entry.GetProperty("spacing_mm")), [Length(0), Length(1), Length(2)]);
        }
        else
        {
            Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(rows[i / 4][i % 4], header.Affine[i / 4, i % 4], AffineTolerance));
        }

        var first = CaseFiles.Numbers(entry.GetProperty("first"));
        Assert.Equal(first, values.Take(first.Length));
        Assert.Equal(entry.GetProperty("sum").GetDouble(), values.Sum());
        Assert.Equal(entry.GetProperty("indexed_sum").GetDouble(), values.Select((value, i) => value * i).Sum());
    }
}
