namespace AdwUNet.Kernel.Language;

/// <summary>What may stand at the cursor.</summary>
/// <param name="Start">Where the text that a match replaces begins, in UTF-16 units from the code's beginning.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Matches">What may be written there, the likeliest first.</param>
internal sealed record Completion(int Start, int End, IReadOnlyList<CompletionMatch> Matches)
{
    public static Completion None(int cursor) => new(cursor, cursor, []);
}

/// <summary>One thing that may be written at the cursor.</summary>
/// <param name="Text">The text to put there.</param>
/// <param name="Kind">What it is, in Jupyter's words: <c>function</c>, <c>class</c>, <c>module</c>, <c>property</c>, <c>keyword</c>, <c>path</c>...</param>
/// <param name="Signature">How it is declared; empty where that says no more than the text.</param>
internal sealed record CompletionMatch(string Text, string Kind, string Signature);
