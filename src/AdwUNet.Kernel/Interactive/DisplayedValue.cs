using AdwUNet.Kernel.Execution;

namespace Microsoft.DotNet.Interactive;

/// <summary>Something that a cell has shown and may show anew in the same place.</summary>
public sealed class DisplayedValue
{
    private readonly string _displayId;
    private readonly KernelInvocationContext _origin;

    internal DisplayedValue(string displayId, IReadOnlyCollection<string> mimeTypes, KernelInvocationContext origin)
    {
        _displayId = displayId;
        _origin = origin;
        MimeTypes = mimeTypes;
    }

    /// <summary>The forms in which the value is shown.</summary>
    public IReadOnlyCollection<string> MimeTypes { get; }

    /// <summary>Replaces what is shown, in place. A file of the executed notebook keeps the last state.</summary>
    /// <param name="updatedValue">What to show now.</param>
    public void Update(object? updatedValue)
    {
        var context = KernelInvocationContext.Running ?? _origin;
        context.Output.Update(MimeBundle.Of(updatedValue, []), _displayId);
    }
}
