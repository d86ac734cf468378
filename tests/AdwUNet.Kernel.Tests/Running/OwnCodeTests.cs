using System.Text.Json.Nodes;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Tests.Running;

/// <summary>The hash by which a run recognizes a part of the method that a cell defines.</summary>
public sealed class OwnCodeTests : IDisposable
{
    private static readonly string References = $"""
        #r "{Repository.Root}/artifacts/lib/AdwUNet.Data.dll"
        #r "{Repository.Root}/artifacts/lib/AdwUNet.dll"
        #r "{Repository.Root}/artifacts/lib/TorchSharp.dll"
        using AdwUNet.Training;
        using static TorchSharp.torch;
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_hash_depends_on_the_code_and_not_on_the_other_cells()
    {
        var alone = await HashAsync(Loss(3), "");
        Assert.Equal(alone, await HashAsync(Loss(3), "var x = 1;\nFunc<int, int> f = y => y + x;\nrecord Other(int A);"));
        Assert.NotEqual(alone, await HashAsync(Loss(4), ""));
    }

    /// <summary>A loss with lambdas, whose names the compiler numbers, and a helper outside of its class.</summary>
    private static string Loss(int factor) => $$"""
        sealed record OwnLoss : SegmentationLoss
        {
            public override Tensor Forward(Tensor logits, Tensor target)
            {
                Func<double, double> twice = x => x * 2;
                return nn.functional.cross_entropy(logits, target) * twice(new[] { 1.0, 2.0 }.Sum(x => Helper.Scale(x)));
            }
        }

        static class Helper { public static double Scale(double x) => x * {{factor}}; }
        """;

    private async Task<string> HashAsync(string loss, string before)
    {
        var session = new Session(_folder.Root);
        Recorder output = new();
        foreach (var cell in new[] { References, before, loss, "System.Text.Json.JsonSerializer.Serialize<SegmentationLoss>(new OwnLoss())" })
        {
            output = new();
            var outcome = await session.ExecuteAsync(cell, output, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(outcome.Status == CellStatus.Succeeded, string.Join('\n', output.Log));
        }

        return (string)JsonNode.Parse(output.Value!.Forms[MimeBundle.Plain].ToString()!)!["code"]!;
    }
}
