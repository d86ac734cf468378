namespace AdwUNet.Training;

/// <summary>A search or training met a number that is not finite; no step was made on it, and no checkpoint holds it.</summary>
public sealed class NumericalException : AdwUNetException
{
    private readonly NumericalFinding _finding;
    private readonly string _when;

    /// <summary>Says what a loop met.</summary>
    /// <param name="finding">What went bad first.</param>
    /// <param name="state">Where the loop is.</param>
    /// <param name="inValidation">Whether it was the validation at the epoch's end.</param>
    internal NumericalException(NumericalFinding finding, ILoopState state, bool inValidation = false)
        : this(finding, inValidation ? "in the validation" : $"in iteration {state.Iteration}", state.Epoch, state.Iteration, "No step was made on it.")
    {
    }

    private NumericalException(NumericalFinding finding, string when, int epoch, int iteration, string lastGood)
        : base($"The numbers went bad {when} of epoch {epoch} (from 0): what first was not finite is {finding.Where}. {lastGood} {Advice(finding.Fault)}") =>
        (_finding, _when, Fault, Epoch, Iteration) = (finding, when, finding.Fault, epoch, iteration);

    /// <summary>What went bad first.</summary>
    public NumericalFault Fault { get; }

    /// <summary>In which epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>In which iteration of the epoch, from 0; as many as an epoch has where it was the validation after them.</summary>
    public int Iteration { get; }

    /// <summary>The same, with a sentence that says where the last good checkpoint is.</summary>
    internal NumericalException With(string lastGood) => new(_finding, _when, Epoch, Iteration, lastGood);

    private static string Advice(NumericalFault fault) => fault == NumericalFault.Image
        ? "Mend that case or take it out, and preprocess again."
        : "Choose a lower learning rate in a new run, or look at the images' range of values.";
}
