namespace AdwUNet.Tests;

/// <summary>What a test holds for the project's users; a row of <c>tests/PROMISES.md</c>. The test tells its figure by <see cref="PromiseTable.Kept"/>.</summary>
/// <param name="text">The promise, as a sentence.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PromiseAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
