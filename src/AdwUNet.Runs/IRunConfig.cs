namespace AdwUNet.Runs;

/// <summary>The content of a <c>config.json</c>.</summary>
internal interface IRunConfig
{
    /// <summary>The number of epochs.</summary>
    int Epochs { get; }

    /// <summary>The number of iterations per epoch.</summary>
    int IterationsPerEpoch { get; }

    /// <summary>The memory of a step.</summary>
    StepMemory Memory { get; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="AdwUNetException">A value is out of range, or two contradict each other; the message names the field.</exception>
    void Validate();
}
