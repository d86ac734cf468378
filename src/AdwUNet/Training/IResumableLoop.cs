using AdwUNet.Storage;
using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>A loop over epochs that can be stopped after any step and resumed bit for bit from its tensors and its state.</summary>
/// <typeparam name="TState">The position of the loop: counts and sums.</typeparam>
/// <typeparam name="TEpoch">The result of one epoch.</typeparam>
public interface IResumableLoop<TState, TEpoch>
    where TState : ILoopState
{
    /// <summary>The position of the loop. All random numbers depend only on the seed and these counts.</summary>
    TState State { get; }

    /// <summary>Whether a step is in progress. Outside <see cref="Run"/>, true means that an error interrupted the last step.</summary>
    bool IsInStep { get; }

    /// <summary>Runs the remaining epochs.</summary>
    /// <param name="afterStep">Called after every iteration; the loop can then be checkpointed.</param>
    /// <param name="cancellation">Ends the loop after the current step, or before the next batch of a validation.</param>
    /// <returns>Yields each epoch when it is complete.</returns>
    /// <exception cref="OperationCanceledException">The loop was cancelled; it can be resumed.</exception>
    /// <exception cref="NumericalException">A loss or gradient is not a finite number.</exception>
    IEnumerable<TEpoch> Run(Action<StepProgress>? afterStep = null, CancellationToken cancellation = default);

    /// <summary>Everything besides <see cref="State"/> that a resumed loop needs: parameters, buffers and the optimizers' state, by name.</summary>
    Dictionary<string, Tensor> Tensors();

    /// <summary>Restores a checkpoint of <see cref="Tensors"/> and <see cref="State"/>.</summary>
    /// <param name="tensors">The tensors of a checkpoint.</param>
    /// <param name="state">The state of that checkpoint.</param>
    /// <param name="history">The completed epochs.</param>
    /// <exception cref="AdwUNetException">A tensor is missing, or has another shape or type than the loop's.</exception>
    void Restore(StoredTensors tensors, TState state, IReadOnlyList<TEpoch> history);
}

/// <summary>The state of a loop, without its tensors.</summary>
public interface ILoopState
{
    /// <summary>Number of completed epochs.</summary>
    int Epoch { get; }

    /// <summary>Number of completed iterations of the current epoch.</summary>
    int Iteration { get; }

    /// <summary>All counts. None is negative.</summary>
    IReadOnlyList<(string Name, long Value)> Counts { get; }
}

/// <summary>The position of a loop, reported after every step.</summary>
/// <param name="Epoch">0-based epoch.</param>
/// <param name="Epochs">Number of epochs.</param>
/// <param name="Iteration">Completed iterations of this epoch.</param>
/// <param name="Iterations">Iterations per epoch.</param>
/// <param name="Loss">Loss of the last weight step.</param>
public sealed record StepProgress(int Epoch, int Epochs, int Iteration, int Iterations, double Loss);
