using AdwUNet.Kernel.Notebooks;
namespace AdwUNet.Kernel.Html;

internal static class Site
{
    public const string IndexFile = "index.html";
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<Notebook> notebooks) => [];
}
