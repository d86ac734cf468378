using System.Reflection;
using System.Text.RegularExpressions;

namespace AdwUNet.Kernel.Html;

/// <summary>A script that a loaded library contains as a resource, as charting libraries do.</summary>
internal sealed partial class CarriedScript(Assembly assembly, string resource)
{
    /// <summary>Finds the script with a file name, in any version; null where no loaded library contains it.</summary>
    public static CarriedScript? Find(string file)
    {
        var plain = PlainName(file);
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic))
        {
            foreach (var resource in assembly.GetManifestResourceNames())
            {
                var bare = PlainName(resource);
                if (bare.Equals(plain, StringComparison.OrdinalIgnoreCase) || bare.EndsWith("." + plain, StringComparison.OrdinalIgnoreCase))
                    return new CarriedScript(assembly, resource);
            }
        }

        return null;
    }

    /// <summary>A file name without its version.</summary>
    public static string PlainName(string file) => Version().Replace(file, "");

    /// <summary>Writes the script to a file.</summary>
    public void WriteTo(string path)
    {
        using var from = assembly.GetManifestResourceStream(resource)!;
        WholeFile.Write(path, from.CopyTo);
    }

    [GeneratedRegex(@"-\d+(?:\.\d+)*(?=\.)")]
    private static partial Regex Version();
}
