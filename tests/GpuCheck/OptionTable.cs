using System.Globalization;

namespace AdwUNet.GpuCheck;

/// <summary>The second table of part 4: what deterministic algorithms cost, and what the layout of feature maps changes.</summary>
/// <param name="report">The report.</param>
/// <param name="isOnCard">Whether the device is a CUDA card.</param>
internal sealed class OptionTable(CheckReport report, bool isOnCard)
{
    public const string Title = "Deterministic algorithms and channels-last";

    private const double Tolerance = 1e-2; // relative, of the first loss; bfloat16 rounds in another order

    private static readonly string[] Head =
        ["Network", "Precision", "Steps", "Weight step, ms", "Deterministic, ms", "Change", "Channels-last, ms", "Change"];

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a measurement, and writes the table.</summary>
    public void Add(StepCase of, StepResult result)
    {
        string[] name = [of.Network, result.Arithmetic ?? (of.IsHalf ? "bfloat16" : "float32")];
        _rows.Add(result.Error is { } error
            ? [.. name, error, "", "", "", "", ""]
            :
            [
                .. name, $"{result.Rounds}", StepPart.Milliseconds(result.Weight),
                StepPart.Milliseconds(result.Deterministic), Change(result.Deterministic, result.Weight), StepPart.Milliseconds(result.ChannelsLast), Change(result.ChannelsLast, result.Weight),
            ]);
        Console.WriteLine($"  {string.Join("  ", _rows[^1])}");
        report.Section(Title, text => text
            .Paragraph((isOnCard ? "" : "On a CPU these rows show that the comparison works, and nothing about a card. ")
                + "Steps of the engine for GPUs, in turn in one process; medians. \"Deterministic\": with `ADWUNET_DETERMINISTIC=1`. \"Channels-last\": with `ADWUNET_CHANNELS_LAST=1`.")
            .Table(Head, _rows));
        if (result.LayoutDifference > Tolerance)
        {
            report.Fault($"The first loss of {of.Network} in {name[1]} differs by {result.LayoutDifference:0.0e+0} with channels last, where {Tolerance:0e+0} is allowed.");
        }
    }

    private static string Change(double? seconds, double? than) => seconds / than is { } ratio ? ((ratio - 1) * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %" : "";
}
