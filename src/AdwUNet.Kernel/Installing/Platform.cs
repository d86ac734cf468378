namespace AdwUNet.Kernel.Installing;

/// <summary>The platforms, by their conventions for data folders.</summary>
internal enum Platform
{
    /// <summary>Linux and other systems that follow the XDG rules.</summary>
    Xdg,

    /// <summary>macOS.</summary>
    MacOS,

    /// <summary>Windows.</summary>
    Windows,
}
