using AdwUNet.Imaging;
using AdwUNet.Networks;

namespace AdwUNet.Mixed;

/// <summary>The convolutions of a network.</summary>
internal sealed class NetworkLayers
{
    /// <summary>Reads them from a network.</summary>
    public NetworkLayers(EncoderDecoder network)
    {
        Encoder = [.. network.Encoder.Select(Layers)];
        Decoder =
        [
            .. network.Decoder.Select(step => (
                Layers(step.Block),
                new Convolution(step.UpSampling.Module.weight!, step.UpSampling.Stride, isTransposed: true),
                new Convolution(step.Output.weight!, Shape3.Cube(1)))),
        ];
    }

    /// <summary>The encoder's blocks with the convolution of each unit; null for a unit without a description.</summary>
    public IReadOnlyList<(Block Block, Convolution?[] Convolutions)> Encoder { get; }

    /// <summary>The steps of the decoder, coarsest first.</summary>
    public IReadOnlyList<((Block Block, Convolution?[] Convolutions) Block, Convolution UpSampling, Convolution Output)> Decoder { get; }

    private static (Block Block, Convolution?[] Convolutions) Layers(Block block) =>
        (block, [.. block.Units.Select(unit => unit.Description is { } known ? new Convolution(known.Convolution.weight!, known.Stride) : null)]);
}
