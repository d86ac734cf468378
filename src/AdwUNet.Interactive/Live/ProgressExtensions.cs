namespace AdwUNet.Interactive;

/// <summary>A progress bar for any loop.</summary>
public static class ProgressExtensions
{
    /// <summary>Yields the items and shows a progress bar below the cell. An item counts when it is yielded.</summary>
    /// <param name="items">The items, such as the epochs of a run.</param>
    /// <param name="title">What is being done.</param>
    /// <param name="total">How many there will be.</param>
    /// <param name="unit">What they are, in the plural.</param>
    /// <typeparam name="T">The items' type.</typeparam>
    public static IEnumerable<T> WithProgress<T>(this IEnumerable<T> items, string title, int total, string unit = "epochs")
    {
        using var progress = new LiveProgress(title, total, unit);
        foreach (var item in items)
        {
            progress.Step();
            yield return item;
        }
    }

    /// <summary>Yields the items of a list and shows a progress bar below the cell. An item counts when the loop body has finished with it.</summary>
    /// <param name="items">The items, such as cases.</param>
    /// <param name="title">What is being done.</param>
    /// <param name="unit">What they are, in the plural.</param>
    /// <typeparam name="T">The items' type.</typeparam>
    public static IEnumerable<T> WithProgress<T>(this IReadOnlyCollection<T> items, string title, string unit = "cases")
    {
        using var progress = new LiveProgress(title, items.Count, unit);
        foreach (var item in items)
        {
            yield return item;
            progress.Step();
        }
    }
}
