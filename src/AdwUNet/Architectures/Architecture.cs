using System.Text.Json;

namespace AdwUNet.Architectures;

/// <summary>
/// The sizes of a plain U-Net: the width of every convolution of every block. A search finds an architecture; a derived network is built from one.
/// </summary>
public sealed class Architecture : IEquatable<Architecture>
{
    // Each pooling halves at least one of three edges, of at most 2^30 voxels each.
    private const int MostBlocks = (2 * 3 * 30) + 1;

    private Architecture(Family family, IReadOnlyList<IReadOnlyList<int>> widths)
    {
        Validate(widths);
        Family = family;
        Widths = [.. widths.Select(block => (IReadOnlyList<int>)[.. block])];
    }

    /// <summary>The family of the search. It determines the exchange text and the parameter names.</summary>
    public Family Family { get; }

    /// <summary>Channels of each convolution of each block: encoder stages 0..P, then decoder stages 0..P−1 (coarse to fine).</summary>
    public IReadOnlyList<IReadOnlyList<int>> Widths { get; }

    /// <summary>The number of poolings, P.</summary>
    public int PoolCount => (Widths.Count - 1) / 2;

    /// <summary>Creates an architecture from the widths of each block's convolutions.</summary>
    /// <param name="widths">2P + 1 blocks.</param>
    /// <param name="family">AdwU-Net or AwU-Net.</param>
    /// <exception cref="ArchitectureException">Not 2P + 1 blocks, an empty block, a width below 1.</exception>
    public static Architecture FromWidths(IReadOnlyList<IReadOnlyList<int>> widths, Family family = Family.AdwUNet) =>
        new(family, widths);

    /// <summary>Creates an architecture from the number of convolutions of each block. All have the block's full width (AdU-Net).</summary>
    /// <param name="depths">2P + 1 numbers.</param>
    /// <param name="space">The space that gives the widths; the published one (32 doubling to 320) when null.</param>
    /// <exception cref="ArchitectureException">Not 2P + 1 blocks, or a depth below 1.</exception>
    public static Architecture FromDepths(IReadOnlyList<int> depths, SearchSpace? space = null)
    {
        space ??= SearchSpace.Published(Family.AdUNet);
        RequireBlocks(depths.Count);
        const int deepest = 1000; // far above every useful depth; a typing error cannot exhaust the memory
        foreach (var depth in depths.Where(depth => depth is < 1 or > deepest))
        {
            throw new ArchitectureException($"A block of {depth} convolutions cannot be built; depths are 1 to {deepest}.");
        }

        var widths = space.BlockWidths((depths.Count - 1) / 2);
        return new(Family.AdUNet, [.. depths.Select((depth, i) =>
            (IReadOnlyList<int>)[.. Enumerable.Repeat(widths[Math.Min(i, widths.Count - 1)], depth)])]);
    }

    /// <summary>Parses the exchange text: <c>[[48, 48], [80, 80, 96], ...]</c>, or depths <c>[2, 2, 3, ...]</c> for AdU-Net.</summary>
    /// <param name="text">The text that the search (ours or the authors') writes; tuples and NumPy's numbers count as lists and numbers.</param>
    /// <param name="family">AdwU-Net or AwU-Net for a list of lists; a list of depths is always AdU-Net.</param>
    /// <param name="space">Gives the widths to a list of depths; the published one when null.</param>
    /// <exception cref="ArchitectureException">The text is not such a list.</exception>
    public static Architecture Parse(string text, Family family = Family.AdwUNet, SearchSpace? space = null)
    {
        try
        {
            using var json = PythonList.Parse(text);
            var items = json.RootElement.EnumerateArray().ToArray();
            return items.Length > 0 && items[0].ValueKind == JsonValueKind.Number
                ? FromDepths([.. items.Select(item => item.GetInt32())], space)
                : FromWidths([.. items.Select(item => (IReadOnlyList<int>)[.. item.EnumerateArray().Select(w => w.GetInt32())])], family);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArchitectureException(
                $"'{Shorten(text)}' is not an architecture: expected a list of lists of widths such as [[48, 48], [80, 96], [48]], "
                + "or a list of depths such as [2, 2, 3].", e);
        }
    }

    /// <summary>The exchange text.</summary>
    public override string ToString()
    {
        var items = Family == Family.AdUNet
            ? Widths.Select(block => block.Count.ToString())
            : Widths.Select(block => $"[{string.Join(", ", block)}]");
        return $"[{string.Join(", ", items)}]";
    }

    /// <inheritdoc/>
    public bool Equals(Architecture? other) =>
        other is not null && Family == other.Family && Widths.Count == other.Widths.Count
        && Widths.Zip(other.Widths).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Architecture);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static string Shorten(string text)
    {
        const int limit = 60;
        return text.Length <= limit ? text : text[..limit] + "...";
    }

    private static void RequireBlocks(int count)
    {
        if (count < 3 || count % 2 == 0 || count > MostBlocks)
        {
            throw new ArchitectureException(
                $"The architecture has {count} blocks in its widths; a U-Net with P poolings has 2P + 1 (at least 3, at most {MostBlocks}).");
        }
    }

    private static void Validate(IReadOnlyList<IReadOnlyList<int>> widths)
    {
        RequireBlocks(widths.Count);
        for (var i = 0; i < widths.Count; i++)
        {
            if (widths[i] is not { Count: > 0 } block || block.Any(width => width < 1))
            {
                throw new ArchitectureException(
                    $"Block {i} of the architecture has the widths [{string.Join(", ", widths[i] ?? [])}]; every block needs at least one convolution of at least 1 channel.");
            }
        }
    }
}
