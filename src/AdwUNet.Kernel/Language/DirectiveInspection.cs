using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Language;

/// <summary>What a line means that is for the engine.</summary>
internal static class DirectiveInspection
{
    /// <summary>Tells what the directive at the cursor does; null where there is none.</summary>
    public static MimeBundle? Inspect(string code, int cursor)
    {
        var start = cursor == 0 ? 0 : code.LastIndexOf('\n', cursor - 1) + 1;
        var line = code[start..].Split('\n')[0].Trim();
        var name = new DirectiveLine(line, default, null).Name;
        return Directive.All.FirstOrDefault(each => each.Name == name) is { } directive
            ? Description.Of(directive.Usage, [directive.Summary])
            : null;
    }
}
