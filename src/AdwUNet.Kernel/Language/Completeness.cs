namespace AdwUNet.Kernel.Language;

/// <summary>Whether a piece of code is complete when its writer presses Enter.</summary>
internal enum CompletenessStatus
{
    /// <summary>It can be run.</summary>
    Complete,

    /// <summary>More must follow.</summary>
    Incomplete,

    /// <summary>Whatever follows, it will not compile.</summary>
    Invalid,

    /// <summary>It cannot be decided.</summary>
    Unknown,
}

/// <summary>Whether code is complete, and if not, how its next line begins.</summary>
internal sealed record Completeness(CompletenessStatus Status, string Indent = "");
