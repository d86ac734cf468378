using System.Text.Json;
using AdwUNet.Imaging;
using AdwUNet.Prediction;
using AdwUNet.Storage;
using AdwUNet.Training;

namespace AdwUNet.Tests.Cases;

/// <summary>Calls that could harm the user's files: <c>cases/calls.json</c>.</summary>
public class CallCasesTests
{
    [Fact]
    public void Every_call_writes_its_target_or_is_refused_and_leaves_the_scan() => CaseFiles.All(
        CaseFiles.Read("calls"), entry => entry.GetProperty("target").GetString()!, Check);

    private static void Check(JsonElement entry)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in Texts(entry, "folders")) Directory.CreateDirectory(folder.PathOf(name));
        foreach (var file in entry.GetProperty("files").EnumerateObject())
            File.Copy(CaseFiles.PathOf(file.Value.GetString()!.Split('/')), folder.PathOf(file.Name));
        if (entry.TryGetProperty("links", out var links))
        {
            foreach (var link in links.EnumerateObject()) File.CreateSymbolicLink(folder.PathOf(link.Name), folder.PathOf(link.Value.GetString()!));
        }

        var before = Texts(entry, "unchanged").ToDictionary(name => name, name => File.ReadAllBytes(folder.PathOf(name)));
        var (plan, network) = WeightsCasesTests.Network(entry.GetProperty("model"));
        using (network)
        {
            Weights.Load(network, CaseFiles.PathOf(entry.GetProperty("model").GetProperty("weights").GetString()!.Split('/')));
            var segmenter = new Segmenter(plan, [network]);
            var (scan, target) = (folder.PathOf(entry.GetProperty("scan").GetString()!), Path.Combine(folder.Root, entry.GetProperty("target").GetString()!));
            void Call() => segmenter.SegmentToFile(scan, target, cancellation: TestContext.Current.CancellationToken);
            if (entry.GetProperty("expected").GetString() == "written")
            {
                Call();
                var header = ImageFile.ReadHeader(target);
                Assert.Equal(CaseFiles.Numbers(entry.GetProperty("shape")), (double[])[header.Shape.X, header.Shape.Y, header.Shape.Z]);
                CaseFiles.AssertLengths(CaseFiles.Numbers(entry.GetProperty("spacing_mm")), [header.Spacing.X, header.Spacing.Y, header.Spacing.Z]);
                Assert.Equal(header.Shape, ImageFile.ReadLabels(target).Shape);
            }
            else
            {
                CaseFiles.AssertSays(Assert.Throws<ImageException>(Call).Message, entry.GetProperty("message"), scan);
            }
        }

        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(folder.PathOf(file.Key))));
    }

    private static IEnumerable<string> Texts(JsonElement entry, string field) =>
        entry.TryGetProperty(field, out var list) ? list.EnumerateArray().Select(text => text.GetString()!) : [];
}
