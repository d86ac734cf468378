namespace AdwUNet.Scheduling;

/// <summary>One of many independent runs. It resumes from its folder, in whatever process it is executed.</summary>
internal interface IWork
{
    /// <summary>Its name, for display.</summary>
    string Name { get; }

    /// <summary>The full path of its folder.</summary>
    string Folder { get; }

    /// <summary>Whether it has its result. This is asked often, so it must be fast.</summary>
    bool IsFinished { get; }

    /// <summary>Runs what remains.</summary>
    /// <param name="progress">Reported while it runs.</param>
    /// <param name="cancellation">Ends it after the current step with a checkpoint.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; it can be resumed.</exception>
    void Execute(IProgress<WorkProgress> progress, CancellationToken cancellation);
}

/// <summary>How far a run is.</summary>
/// <param name="Done">The part that is done.</param>
/// <param name="Total">All, in the same unit.</param>
internal readonly record struct WorkProgress(int Done, int Total);
