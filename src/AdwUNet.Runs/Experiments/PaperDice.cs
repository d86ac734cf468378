namespace AdwUNet.Experiments;

/// <summary>A Dice that the paper prints.</summary>
/// <param name="Table">The number of the table.</param>
/// <param name="Dataset">The task; <see cref="PaperTables.AllTasks"/> for the mean of all tasks.</param>
/// <param name="Method">The method, as the paper names it.</param>
/// <param name="Class">The class, numbered from 1, or <see cref="PaperTables.Mean"/>.</param>
/// <param name="Dice">As printed.</param>
/// <param name="StandardDeviation">Over the cases, as printed; null where the table has none.</param>
public sealed record PaperDice(int Table, string Dataset, string Method, string Class, double Dice, double? StandardDeviation = null);

/// <summary>A printed mean that differs from the mean of the printed figures by more than their rounding.</summary>
/// <param name="Printed">The mean.</param>
/// <param name="Recomputed">The mean of the figures that belong to it.</param>
public sealed record PaperContradiction(PaperDice Printed, double Recomputed);
