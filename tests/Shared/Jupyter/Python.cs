using System.Diagnostics;

namespace AdwUNet.Tests.Jupyter;

/// <summary>The Python that has Jupyter's programs, if there is one. Ours needs none: it is for tests against the real ones.</summary>
public static class Python
{
    // The one on the path may be a developer's own without these packages, while the system's has them.
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3", "python"];

    /// <summary>The interpreter that has all of these modules, or null.</summary>
    public static string? With(params string[] modules) => Candidates.FirstOrDefault(python => Has(python, modules));

    private static bool Has(string python, string[] modules)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import " + string.Join(", ", modules)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
