namespace AdwUNet.Runs;

/// <summary>The content of a <c>config.json</c>.</summary>
internal interface IRunConfig
{
    /// <summary>Checks the values.</summary>
    /// <exception cref="AdwUNetException">A value is out of range, or two contradict each other; the message names the field.</exception>
    void Validate();
}
