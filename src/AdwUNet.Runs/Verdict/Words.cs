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

    public static string Count(int count, string singular, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? singular : plural ?? singular + "s")}");
}
