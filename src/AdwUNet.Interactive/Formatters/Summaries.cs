using System.Globalization;
using AdwUNet.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Interactive;

/// <summary>Big things in one line: what they are, not their values.</summary>
internal static class Summaries
{
    public static string Of(Volume volume) => FormattableString.Invariant(
        $"Volume: {Count(volume.Channels, "channel")} of {volume.Shape} voxels, {volume.Spacing}, values {Min(volume.Data):0.####} to {Max(volume.Data):0.####}");

    public static string Of(LabelMap labels)
    {
        var classes = labels.Data.GroupBy(l => l).OrderBy(g => g.Key).Select(g => $"{g.Key}: {g.Count()}");
        return $"LabelMap: {labels.Shape} voxels, {labels.Spacing}; voxels per class {string.Join(", ", classes)}";
    }

    // A larger tensor shows only its range.
    private const int FewValues = 64;
    private const int FewColumns = 12;

    /// <summary>Shape, type, device and the range of the values; of a small vector or matrix the values, too.</summary>
    public static string Of(Tensor tensor)
    {
        var head = Head(tensor);
        if (tensor.IsInvalid || tensor.is_complex() || tensor.dim() is < 1 or > 2 || tensor.numel() is < 2 or > FewValues || tensor.shape[^1] > FewColumns) return head;
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var values = tensor.detach().to_type(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        var columns = (int)tensor.shape[^1];
        var texts = values.Select(v => v.ToString("G6", CultureInfo.InvariantCulture)).ToArray();
        var width = texts.Max(t => t.Length);
        return head + string.Concat(texts.Chunk(columns).Select(row => Environment.NewLine + "  " + string.Join("  ", row.Select(t => t.PadLeft(width)))));
    }

    private static string Head(Tensor tensor)
    {
        if (tensor.IsInvalid) return "Tensor: disposed";
        var head = $"Tensor [{string.Join(", ", tensor.shape)}] {tensor.dtype} on {tensor.device}";
        if (tensor.numel() == 0) return head + ", empty";
        if (tensor.is_complex()) return head;
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var values = tensor.detach().to_type(ScalarType.Float64);
        return tensor.numel() == 1
            ? head + string.Create(CultureInfo.InvariantCulture, $", value {values.item<double>():G6}")
            : head + string.Create(CultureInfo.InvariantCulture,
                $", min {values.min().item<double>():G6}, max {values.max().item<double>():G6}, mean {values.mean().item<double>():G6}");
    }

    /// <summary>Text as HTML that keeps its line breaks.</summary>
    public static string Preformatted(string text) => $"""<pre style="margin:.2em 0">{Markup.Escape(text)}</pre>""";

    /// <summary>A number with its noun: <c>1 channel</c>, <c>2 channels</c>.</summary>
    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";

    private static float Min(float[] values) => values.Length == 0 ? float.NaN : values.Min();

    private static float Max(float[] values) => values.Length == 0 ? float.NaN : values.Max();
}
