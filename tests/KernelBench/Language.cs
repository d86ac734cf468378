namespace AdwUNet.KernelBench;

/// <summary>The cells that are measured, in one language.</summary>
/// <param name="First">Defines what the small cells use.</param>
/// <param name="Small">The small cell of a number, and the text of its value.</param>
internal sealed record Language(string First, Func<int, (string Code, string Value)> Small)
{
    /// <summary>Values, assignments and new variables in turn.</summary>
    public static readonly Language CSharp = new("var total = 0;", number => (number % 4) switch
    {
        0 => ($"{number} + 1", $"{number + 1}"),
        1 => ($"total = {number}; total", $"{number}"),
        2 => ($"var x = {number} * 2; x", $"{number * 2}"),
        _ => ("total + x", $"{number - 2 + ((number - 1) * 2)}"),
    });

    /// <summary>The same.</summary>
    public static readonly Language Python = new("total = 0", number => (number % 4) switch
    {
        0 => ($"{number} + 1", $"{number + 1}"),
        1 => ($"total = {number}; total", $"{number}"),
        2 => ($"x = {number} * 2; x", $"{number * 2}"),
        _ => ("total + x", $"{number - 2 + ((number - 1) * 2)}"),
    });
}
