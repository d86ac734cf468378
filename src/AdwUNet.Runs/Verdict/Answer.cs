using AdwUNet.Experiments;

namespace AdwUNet.Verdict;

/// <summary>A question with its answer from results.</summary>
/// <param name="Question">The question.</param>
/// <param name="Text">The answer with its figures, or what is missing.</param>
/// <param name="IsKnown">Whether the results answer it.</param>
public sealed record Answer(string Question, string Text, bool IsKnown)
{
    /// <summary>Asks a tool, which may lack results.</summary>
    /// <param name="question">The question.</param>
    /// <param name="tool">Its answer.</param>
    public static Answer To(string question, Func<string> tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        try
        {
            return new(question, tool(), true);
        }
        catch (ExperimentException missing)
        {
            return new(question, $"Not known yet. {missing.Message}", false);
        }
    }
}
