namespace AdwUNet.Kernel.Installing;

/// <summary>The systems that have manners of their own as to where programs keep data.</summary>
internal enum Platform
{
    /// <summary>Linux and other systems that follow the XDG rules.</summary>
    Xdg,

    /// <summary>macOS.</summary>
    MacOS,

    /// <summary>Windows.</summary>
    Windows,
}
