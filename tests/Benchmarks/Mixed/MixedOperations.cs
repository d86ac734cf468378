using System.Globalization;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Mixed.Tests;
using AdwUNet.Native;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>The operations of a step, as the test <c>StepCountTests</c> counts them.</summary>
internal static class MixedOperations
{
    /// <summary>Counts all steps.</summary>
    public static Markdown Section(Markdown section) => section
        .Paragraph(
            "What a step of a small supernet (three resolutions, up to three convolutions a block) asks of libtorch's dispatcher, as on a GPU; `StepCountTests` checks it. "
            + "\"Reads\": the host asks for a number and waits. \"Copies\": from the host, beside the batch.")
        .Table(
            ["step", "optimizer and clipping", "operations", "reads", "copies"],
            [.. from isOnWeights in new[] { true, false } from row in Rows(isOnWeights) select row]);

    private static IEnumerable<IReadOnlyList<string>> Rows(bool isOnWeights)
    {
        var (library, torchSharp, _) = SmallSteps.Count(isOnWeights);
        IReadOnlyList<string> Row(string by, StepCounts counts) =>
        [
            isOnWeights ? "weights" : "alphas and betas", by, counts.Operations.ToString(CultureInfo.InvariantCulture), counts.Reads.ToString(CultureInfo.InvariantCulture),
            counts.Copies.ToString(CultureInfo.InvariantCulture),
        ];
        return [Row("TorchSharp's, one parameter at a time", torchSharp), Row("fused, numbers read late", library)];
    }
}
