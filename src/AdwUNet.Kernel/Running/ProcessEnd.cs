using System.Runtime.InteropServices;

namespace AdwUNet.Kernel.Running;

/// <summary>Ends this process, and describes how another one has ended.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Offset of exit codes: a process that a signal ended has this plus the signal's number.</summary>
    private const int Signalled = 128;

    /// <summary>Ends this process without its exit handlers, which would unload native code while it still computes, or wait for it.</summary>
    public static void AtOnce(int code)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(code);
        else
            Exit(code);
    }

    /// <summary>One sentence that says how the process of the cells has ended.</summary>
    /// <param name="code">Its exit code.</param>
    /// <param name="isOrderly">Whether <see cref="Environment.Exit"/> ended it.</param>
    /// <param name="isKilled">Whether this process killed it.</param>
    public static string Describe(int code, bool isOrderly, bool isKilled) => (isOrderly, code - Signalled) switch
    {
        _ when isKilled => "The process of the cells was ended at once by a second request to stop (Ctrl-C or SIGTERM).",
        (true, _) => $"The process of the cells was ended by Environment.Exit({code}).",
        (_, 6) => "The process of the cells crashed (SIGABRT), as at a stack overflow or an error of native code; standard error says more.",
        (_, 9) => "The process of the cells was killed (SIGKILL), as the system does when memory runs out.",
        (_, 11) => "The process of the cells crashed (SIGSEGV): native code used memory that is not its own.",
        (_, > 0 and < Signalled and var signal) => $"The process of the cells was ended by signal {signal}.",
        _ => $"The process of the cells ended with exit code {code}.",
    };

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
