namespace AdwUNet.Interactive;

/// <summary>A picture or table for a notebook: HTML that needs nothing from outside, and a plain-text form.</summary>
/// <param name="Body">HTML without the caption; every user text in it is escaped.</param>
/// <param name="Text">The same for a reader without HTML.</param>
/// <param name="Caption">What to see in it, shown below; plain text.</param>
public sealed record HtmlFigure(string Body, string Text, string? Caption = null)
{
    /// <summary>The whole as HTML: the body with its caption in a <c>figure</c> element.</summary>
    public string Html => Markup.Figure(Body, Caption);

    /// <inheritdoc/>
    public override string ToString() => Caption is null ? Text : $"{Text}{Environment.NewLine}{Caption}";
}
