namespace AdwUNet.Kernel.Language;

/// <summary>Whether a person who pressed Enter has written all of a piece of code.</summary>
internal enum CompletenessStatus
{
    /// <summary>It can be run.</summary>
    Complete,

    /// <summary>More must follow.</summary>
    Incomplete,

    /// <summary>Whatever follows, it will not compile.</summary>
    Invalid,

    /// <summary>Only its writer can tell.</summary>
    Unknown,
}

/// <summary>Whether code is complete, and if not, how its next line begins.</summary>
internal sealed record Completeness(CompletenessStatus Status, string Indent = "");
