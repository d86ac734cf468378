using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis.CSharp;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>The kernel's description of itself.</summary>
internal static class KernelInfo
{
    private const string Mime = "text/x-csharp";

    /// <summary>The language name that .NET Interactive writes into notebooks.</summary>
    public const string Language = "C#";

    /// <summary>The answer to a <c>kernel_info_request</c>.</summary>
    public static JsonObject Answer()
    {
        var version = typeof(KernelInfo).Assembly.GetName().Version!.ToString(fieldCount: 3);
        return new JsonObject
        {
            ["protocol_version"] = Framing.ProtocolVersion,
            ["implementation"] = "adw",
            ["implementation_version"] = version,
            ["language_info"] = new JsonObject
            {
                ["name"] = Language,
                ["version"] = LanguageVersion.Latest.MapSpecifiedToEffectiveVersion().ToDisplayString(),
                ["mimetype"] = Mime,
                ["file_extension"] = ".cs",
                ["pygments_lexer"] = "csharp",
                ["codemirror_mode"] = Mime,
                ["nbconvert_exporter"] = "script",
            },
            ["banner"] = $"adw {version}: C# on .NET {Environment.Version}",
            ["help_links"] = new JsonArray(
                Link("C# reference", "https://learn.microsoft.com/dotnet/csharp/language-reference/"),
                Link(".NET API browser", "https://learn.microsoft.com/dotnet/api/")),
            ["debugger"] = false,
            ["supported_features"] = new JsonArray(),
        };
    }

    private static JsonObject Link(string text, string url) => new() { ["text"] = text, ["url"] = url };
}
