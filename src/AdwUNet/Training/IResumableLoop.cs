using static TorchSharp.torch;

namespace AdwUNet.Training;

/// <summary>A loop over epochs that can be stopped after any step and resumed bit for bit from its tensors and its state.</summary>
/// <typeparam name="TState">Counts and sums: where the loop is.</typeparam>
/// <typeparam name="TEpoch">What an epoch gives.</typeparam>
public interface IResumableLoop<TState, TEpoch>
    where TState : ILoopState
{
    /// <summary>Where the loop is. Every random number follows from the seed and these counts.</summary>
    TState State { get; }

    /// <summary>Whether a step is being made. True outside <see cref="Run"/> means that an error ended the last step half-way.</summary>
    bool IsInStep { get; }

    /// <summary>Runs the epochs that are left.</summary>
    /// <param name="afterStep">Called after every iteration, when the loop is in a state to resume from.</param>
    /// <param name="cancellation">Ends the loop after the current step, or before the next batch of a validation.</param>
    /// <returns>The epochs, each when it is done.</returns>
    /// <exception cref="OperationCanceledException">The loop was cancelled; it can be resumed.</exception>
    /// <exception cref="NumericalException">A loss or gradient is not a finite number.</exception>
    IEnumerable<TEpoch> Run(Action<StepProgress>? afterStep = null, CancellationToken cancellation = default);

    /// <summary>Everything that a resumed loop needs beside <see cref="State"/>: parameters, buffers, the optimisers' state, by name.</summary>
    Dictionary<string, Tensor> Tensors();

    /// <summary>Continues from what <see cref="Tensors"/> and <see cref="State"/> were.</summary>
    /// <param name="tensors">The tensors of a checkpoint.</param>
    /// <param name="state">Its state.</param>
    /// <param name="history">The epochs that are done.</param>
    /// <exception cref="AdwUNetException">A tensor is missing, or has another shape or type than the loop's.</exception>
    void Restore(StoredTensors tensors, TState state, IReadOnlyList<TEpoch> history);
}

/// <summary>What a loop keeps besides tensors.</summary>
public interface ILoopState
{
    /// <summary>Epochs that are done.</summary>
    int Epoch { get; }

    /// <summary>Iterations of the next epoch that are done.</summary>
    int Iteration { get; }

    /// <summary>The counts, none of which can be below 0.</summary>
    IReadOnlyList<(string Name, long Value)> Counts { get; }
}
