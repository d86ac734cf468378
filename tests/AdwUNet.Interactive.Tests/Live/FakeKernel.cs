using AdwUNet.Interactive;

#pragma warning disable IDE0130 // The name by which a notebook kernel is found.
namespace Microsoft.DotNet.Interactive;
#pragma warning restore IDE0130

/// <summary>The members of a notebook kernel's context that live displays use, by the same names.</summary>
public sealed class KernelInvocationContext
{
    private static readonly AsyncLocal<KernelInvocationContext?> CurrentContext = new();

    public static KernelInvocationContext? Current => CurrentContext.Value;

    /// <summary>What was shown and how often it was replaced.</summary>
    public List<(string Text, bool Replaced)> Shown { get; } = [];

    /// <summary>Whether nothing that is shown can be replaced.</summary>
    public bool UpdateIsBroken { get; set; }

    public static KernelInvocationContext Enter() => CurrentContext.Value = new KernelInvocationContext();

    public static void Leave() => CurrentContext.Value = null;

    public DisplayedValue Display(object value, params string[] mimeTypes)
    {
        Assert.Empty(mimeTypes);
        Shown.Add((((HtmlFigure)value).Text, false));
        return new DisplayedValue(this);
    }
}

/// <summary>Something shown that can be replaced.</summary>
public sealed class DisplayedValue(KernelInvocationContext context)
{
    public void Update(object value)
    {
        if (context.UpdateIsBroken) throw new InvalidOperationException("No such display.");
        context.Shown.Add((((HtmlFigure)value).Text, true));
    }
}
