using System.Reflection;
using System.Runtime.InteropServices;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive.Formatting;

namespace AdwUNet.Kernel.Execution;

/// <summary>What <c>#!about</c> shows.</summary>
internal static class About
{
    /// <summary>The versions of the software that runs a session, and its folders.</summary>
    public static MimeBundle Of(string folder) => Table.Of(
        ["adw, a C# notebook kernel", VersionOf(typeof(About))],
        [
            ["C#", $"{LanguageVersion.Latest.MapSpecifiedToEffectiveVersion().ToDisplayString()}, compiler {VersionOf(typeof(CSharpCompilation))}"],
            [".NET", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}"],
            ["Formatting", VersionOf(typeof(Formatter))],
            ["Folder", folder],
            ["Packages", PackageRestore.CacheFolder],
        ]);

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
