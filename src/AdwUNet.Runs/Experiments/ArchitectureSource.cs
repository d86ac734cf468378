using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AdwUNet.Architectures;

namespace AdwUNet.Experiments;

/// <summary>Where the architecture of a run comes from. An <see cref="Architectures.Architecture"/> converts to a source of itself.</summary>
[JsonConverter(typeof(ArchitectureSourceConverter))]
public abstract record ArchitectureSource
{
    private const double PublishedManualWidth = 32;

    /// <summary>The run searches the space, then trains what it found.</summary>
    public static ArchitectureSource Search { get; } = new Searched();

    /// <summary>nnU-Net's network, two convolutions a block, at the scale of the search space; no search.</summary>
    public static ArchitectureSource Manual { get; } = new ManualUNet(1, 1);

    /// <summary>nnU-Net's U-Net scaled by hand, as in the paper's Table 5, at the scale of the search space; no search.</summary>
    /// <param name="depth">The factor of the depth.</param>
    /// <param name="width">The factor of the width.</param>
    public static ArchitectureSource Scaled(double depth, double width) => new ManualUNet(depth, width);

    /// <summary>A uniform draw from the search space for each seed (<see cref="RandomDraws.Draw"/>); no search.</summary>
    public static ArchitectureSource Random { get; } = new RandomDraw(null);

    /// <summary>The uniform draw from the search space with a given seed, whatever the seed of the run; no search.</summary>
    /// <param name="seed">The seed of <see cref="RandomDraws.Draw"/>.</param>
    public static ArchitectureSource Drawn(ulong seed) => new RandomDraw(seed);

    /// <summary>The architecture itself, such as one of <see cref="PublishedArchitectures"/>; no search.</summary>
    /// <param name="architecture">What every run trains.</param>
    public static implicit operator ArchitectureSource(Architecture architecture) => From(architecture);

    /// <inheritdoc cref="op_Implicit(Architecture)"/>
    public static ArchitectureSource From(Architecture architecture) => new Given(architecture);

    /// <summary>Whether it is a random draw.</summary>
    internal bool IsRandom => this is RandomDraw;

    /// <summary>The architecture; null where it must be searched.</summary>
    /// <param name="space">The run's search space.</param>
    /// <param name="poolCount">P, the number of poolings of its plan.</param>
    /// <param name="seed">The run's seed.</param>
    internal abstract Architecture? Of(SearchSpace space, int poolCount, ulong seed);

    /// <summary>nnU-Net's widths, 32 doubling to 320, times the ratio of the space's base width to the published one.</summary>
    internal static Architecture ManualAt(SearchSpace space, int poolCount, double depth = 1, double width = 1)
    {
        var manual = SearchSpace.Published(Family.AdUNet);
        var scale = (double)space.BaseWidth / SearchSpace.Published(space.Family).BaseWidth;
        return PublishedArchitectures.Scaled(poolCount, depth, width, manual with
        {
            BaseWidth = Rounded(PublishedManualWidth, scale),
            MaxWidth = Rounded(manual.MaxWidth, scale),
        });
    }

    private static int Rounded(double width, double scale) => Math.Max(1, (int)Math.Round(width * scale));

    private sealed record Searched : ArchitectureSource
    {
        public override string ToString() => "search";

        internal override Architecture? Of(SearchSpace space, int poolCount, ulong seed) => null;
    }

    private sealed record ManualUNet(double Depth, double Width) : ArchitectureSource
    {
        public override string ToString() => (Depth, Width) == (1, 1) ? "manual" : string.Create(CultureInfo.InvariantCulture, $"manual, depth × {Depth}, width × {Width}");

        internal override Architecture Of(SearchSpace space, int poolCount, ulong seed) => ManualAt(space, poolCount, Depth, Width);
    }

    private sealed record RandomDraw(ulong? Seed) : ArchitectureSource
    {
        public override string ToString() => Seed is { } given ? string.Create(CultureInfo.InvariantCulture, $"random, draw {given}") : "random";

        internal override Architecture Of(SearchSpace space, int poolCount, ulong seed) => space.Draw(poolCount, Seed ?? seed);
    }

    private sealed record Given(Architecture Architecture) : ArchitectureSource
    {
        public override string ToString() => $"{Architecture.Family} {JsonSerializer.Serialize(Architecture.Widths)}";

        internal override Architecture Of(SearchSpace space, int poolCount, ulong seed) => Architecture;
    }
}

/// <summary>Writes a source as its name or its widths, to compare runs.</summary>
internal sealed class ArchitectureSourceConverter : JsonConverter<ArchitectureSource>
{
    public override ArchitectureSource Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("The source of an architecture is only written, to compare runs.");

    public override void Write(Utf8JsonWriter writer, ArchitectureSource value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
