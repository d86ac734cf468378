using System.Globalization;

namespace AdwUNet.Verdict;

/// <summary>Numbers in sentences.</summary>
internal static class Words
{
    public static string Dice(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    public static string Signed(double value) => value.ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture);

    public static string Share(double value) => value.ToString("0 %", CultureInfo.InvariantCulture);

    public static string Short(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    public static string Tau(double value) => value.ToString("0.00;−0.00", CultureInfo.InvariantCulture);

    /// <summary>A probability that rounds to 0 is not 0.</summary>
    public static string P(double value) => value < 0.0005 ? "p < 0.001" : $"p = {Short(value)}";

    public static string Finished(int count, int all, string what = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{count} of {all}{(what.Length > 0 ? " " : "")}{what} {(count == 1 ? "is" : "are")} finished");

    public static string Count(int count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? singular : plural ?? singular + "s")}");
}
