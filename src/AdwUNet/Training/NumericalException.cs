namespace AdwUNet.Training;

/// <summary>A search or training computed a number that is not finite. It made no optimizer step with it, and no checkpoint contains it.</summary>
public sealed class NumericalException : AdwUNetException
{
    private readonly NumericalFinding _finding;
    private readonly string _when;

    /// <summary>Creates the error.</summary>
    /// <param name="finding">The first tensor that is not finite.</param>
    /// <param name="state">The position of the loop.</param>
    /// <param name="inValidation">Whether it happened in the validation at the end of the epoch.</param>
    internal NumericalException(NumericalFinding finding, ILoopState state, bool inValidation = false)
        : this(finding, inValidation ? "in the validation" : $"in iteration {state.Iteration}", state.Epoch, state.Iteration, "No step was made on it.")
    {
    }

    private NumericalException(NumericalFinding finding, string when, int epoch, int iteration, string lastGood)
        : base($"A value is not finite {when} of epoch {epoch} (0-based); the first such tensor is {finding.Where}. {lastGood} {Advice(finding.Fault)}") =>
        (_finding, _when, Fault, Epoch, Iteration) = (finding, when, finding.Fault, epoch, iteration);

    /// <summary>Which kind of tensor was the first that is not finite.</summary>
    public NumericalFault Fault { get; }

    /// <summary>The epoch, 0-based.</summary>
    public int Epoch { get; }

    /// <summary>The iteration of the epoch, 0-based. In the validation it is the number of iterations per epoch.</summary>
    public int Iteration { get; }

    /// <summary>The same error, with a sentence about the last good checkpoint.</summary>
    internal NumericalException With(string lastGood) => new(_finding, _when, Epoch, Iteration, lastGood);

    private static string Advice(NumericalFault fault) => fault == NumericalFault.Image
        ? "Correct or remove this case, and preprocess again."
        : "Choose a lower learning rate in a new run, or check the range of the image values.";
}
