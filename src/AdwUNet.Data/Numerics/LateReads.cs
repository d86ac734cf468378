namespace AdwUNet;

/// <summary>
/// Reads the numbers of steps: at once where they are on the host; from another device those of the step before, so that the device computes one step while
/// the host prepares the next.
/// </summary>
internal sealed class LateReads
{
    private Unread? _last;
    private double? _shown;

    /// <summary>Adds a step.</summary>
    /// <param name="numbers">Its numbers; disposed when they are read.</param>
    /// <param name="batch">Its batch; disposed then, too.</param>
    /// <param name="add">Gets the loss if the numbers are finite.</param>
    /// <param name="fault">Makes the error if they are not, while the batch is still there.</param>
    /// <returns>The loss of this step, or of the step before where that is read late.</returns>
    public double Add(StepNumbers numbers, IDisposable batch, Action<double> add, Func<Exception> fault)
    {
        Settle();
        _last = new(numbers, batch, add, fault);
        _shown ??= numbers.Loss;
        if (numbers.IsOnHost)
        {
            Settle();
        }

        return _shown.Value;
    }

    /// <summary>Reads what was not read yet.</summary>
    public void Settle()
    {
        if (_last is not { } last)
        {
            return;
        }

        _last = null;
        using var batch = last.Batch;
        using var numbers = last.Numbers;
        _shown = numbers.Loss;
        if (!numbers.AreFinite)
        {
            throw last.Fault();
        }

        last.Add(numbers.Loss);
    }

    private sealed record Unread(StepNumbers Numbers, IDisposable Batch, Action<double> Add, Func<Exception> Fault);
}
