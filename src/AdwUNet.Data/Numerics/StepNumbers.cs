using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet;

/// <summary>
/// The loss of a step and the norm of its gradient. The device that computed them sends both to the host in one copy, for which nobody waits before the
/// numbers are asked for.
/// </summary>
internal sealed class StepNumbers : IDisposable
{
    private const double NotThere = -1.2345678901234567e300; // neither a loss nor a norm
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // then the device is asked, which says what went wrong there

    private readonly Tensor _values; // [2]: loss, norm
    private readonly Tensor _onHost;
    private readonly Tensor? _bad; // whether this step or an unread one before it has a number that is not finite; null on the host
    private (double Loss, double Norm)? _read;

    /// <summary>Keeps the numbers of a step.</summary>
    /// <param name="loss">A scalar.</param>
    /// <param name="norm">A scalar on the same device, or on the host.</param>
    /// <param name="before">
    /// The numbers of the step before; null for none. While they are unread and not finite, these are bad as well, so that no step is made until the host knows.
    /// </param>
    public StepNumbers(Tensor loss, Tensor norm, StepNumbers? before = null)
    {
        using var scope = NewDisposeScope();
        _values = stack([loss.detach().to(float64), norm.detach().to(float64).to(loss.device)]).DetachFromDisposeScope();
        IsOnHost = loss.device_type == DeviceType.CPU && !ActsAsOnDevice;
        if (IsOnHost)
        {
            _onHost = _values;
            return;
        }

        var bad = isfinite(_values).all().logical_not();
        _bad = (before is { _read: null, _bad: { IsInvalid: false } unread } ? bad.logical_or(unread) : bad).DetachFromDisposeScope();
        var memory = full([2], NotThere, float64);
        _onHost = (loss.device_type == DeviceType.CUDA ? memory.pin_memory() : memory).DetachFromDisposeScope();
        _onHost.copy_(_values, true);
    }

    /// <summary>For tests: whether this thread treats the memory of the CPU as that of another device.</summary>
    [field: ThreadStatic]
    public static bool ActsAsOnDevice { get; set; }

    /// <summary>Whether reading takes no time.</summary>
    public bool IsOnHost { get; }

    /// <summary>The loss.</summary>
    public double Loss => Read().Loss;

    /// <summary>The norm of the gradient before clipping.</summary>
    public double Norm => Read().Norm;

    /// <summary>Whether both are finite numbers.</summary>
    public bool AreFinite => double.IsFinite(Loss) && double.IsFinite(Norm);

    /// <summary>1 where a step must not be made, else 0: float32, on the device. For the caller's dispose scope.</summary>
    public Tensor Skip => _bad?.to(float32) ?? tensor(AreFinite ? 0f : 1f);

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _onHost.Dispose();
        _bad?.Dispose();
    }

    private (double Loss, double Norm) Read()
    {
        if (_read is { } read)
        {
            return read;
        }

        var clock = Stopwatch.StartNew();
        while (IsMissing(0) || IsMissing(1))
        {
            if (clock.Elapsed > Patience)
            {
                _onHost.copy_(_values);
            }

            Thread.Yield();
        }

        _read = read = (Values[0], Values[1]);
        return read;
    }

    private Span<double> Values => MemoryMarshal.Cast<byte, double>(_onHost.bytes);

    // The device writes the memory.
    private bool IsMissing(int index) => Volatile.Read(ref Values[index]) == NotThere;
}
