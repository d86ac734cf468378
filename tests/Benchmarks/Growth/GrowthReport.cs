using AdwUNet.Benchmarks.Report;
using AdwUNet.Benchmarks.Steps;

namespace AdwUNet.Benchmarks.Growth;

/// <summary>How cost grows, as tables and as a chart.</summary>
internal static class GrowthReport
{
    private const string ChartFile = "growth.svg";

    /// <summary>Adds the tables to a report, and where that is written to a file, the chart beside it.</summary>
    public static void Write(Markdown report, IReadOnlyList<GrowthSeries> all, string? path)
    {
        report.Heading(2, "How cost grows").Paragraph(
            $"A weight step of the AdwU-Net supernet in {Implementations.Fastest.Title()}, each size in a fresh process. The exponent says by which power of the size the cost grows; "
            + "expected is that of the convolutions' operations for time, and that of feature maps, weights, gradients and momentum for memory "
            + "(by which the process grew, without what the runtime takes).");
        if (path is not null)
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ChartFile), GrowthChart.Draw(all));
            report.Paragraph($"![Time and memory of a step against patch volume, width and depth]({ChartFile})");
        }

        report.Table(
            ["what grows", "exponent of time", "expected", "exponent of memory", "expected"],
            [.. all.Select(one => (string[])[
                one.Name, Row.Number(one.TimeSlope), Row.Number(one.ExpectedTimeSlope), Row.Number(one.MemorySlope), Row.Number(one.ExpectedMemorySlope)])]);
        report.Table(
            ["what grows", "size", "a step", "GFLOP", "GFLOP/s", "memory", "of it expected"],
            [.. all.SelectMany(one => one.Points.Select(point => (string[])[
                one.Name,
                point.Size,
                Row.Seconds(point.Seconds),
                Row.Number(point.Cost.WeightStepFlops / 1e9),
                Row.Number(point.Cost.WeightStepFlops / 1e9 / point.Seconds),
                Row.Gigabytes(point.Bytes),
                Row.Gigabytes(GrowthSeries.ExpectedBytes(point))]))]);
    }
}
