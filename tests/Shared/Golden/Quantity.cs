namespace AdwUNet.Tests.Golden;

/// <summary>How the difference of two arrays is measured.</summary>
public enum Measure
{
    /// <summary>Every value is the same.</summary>
    Exact,

    /// <summary>The largest difference.</summary>
    Absolute,

    /// <summary>The largest difference, divided by the largest expected entry.</summary>
    Relative,

    /// <summary>The largest difference of an entry, divided by that entry.</summary>
    EntryRelative,
}

/// <summary>Something that is compared with a golden file: one row of <c>PARITY.md</c>.</summary>
/// <param name="File">The golden file's name.</param>
/// <param name="Name">What is compared.</param>
/// <param name="Measure">How the difference is measured.</param>
/// <param name="Tolerance">The largest difference allowed.</param>
public sealed record Quantity(string File, string Name, Measure Measure, double Tolerance)
{
    /// <summary>A quantity that must be equal to the last digit.</summary>
    public static Quantity Exact(string file, string name) => new(file, name, Measure.Exact, 0);

    /// <summary>A quantity of which the absolute difference counts.</summary>
    public static Quantity Absolute(string file, string name, double tolerance) => new(file, name, Measure.Absolute, tolerance);

    /// <summary>A quantity of which the difference relative to the largest entry counts.</summary>
    public static Quantity Relative(string file, string name, double tolerance) => new(file, name, Measure.Relative, tolerance);

    /// <summary>A quantity of which the difference relative to each entry counts.</summary>
    public static Quantity EntryRelative(string file, string name, double tolerance) => new(file, name, Measure.EntryRelative, tolerance);
}
