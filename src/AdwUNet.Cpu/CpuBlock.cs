using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>One pass through a block of convolution units: forward, then back.</summary>
/// <remarks>
/// Only the convolutions' outputs are kept. Norm, mask and activation are computed anew wherever the next convolution, the sum or a gradient
/// reads them: that is cheaper than the memory they would take.
/// </remarks>
internal sealed unsafe class CpuBlock<T>
    where T : struct, IElement
{
    private readonly CpuPass<T> _pass;
    private readonly Block _chain;
    private readonly ConvolutionLayer<T>[] _layers;
    private readonly Feature[] _inputs;
    private readonly UnitDescription[] _descriptions;
    private readonly Unit[] _units;
    private readonly Tensor? _depths;
    private readonly float[] _depthWeights;

    /// <summary>Goes forward.</summary>
    /// <param name="pass">The network's pass.</param>
    /// <param name="chain">The block.</param>
    /// <param name="layers">The plans of its convolutions.</param>
    /// <param name="inputs">What it reads; the channels follow one another.</param>
    public CpuBlock(CpuPass<T> pass, Block chain, ConvolutionLayer<T>[] layers, Feature[] inputs)
    {
        (_pass, _chain, _layers, _inputs) = (pass, chain, layers, inputs);
        _descriptions = [.. chain.Units.Select(unit => unit.Description!)];
        _units = new Unit[layers.Length];
        for (var k = 0; k < layers.Length; k++)
        {
            _units[k] = Forward(k);
        }

        _depths = chain.SampleDepths();
        _depthWeights = _depths is null ? [.. new float[layers.Length - 1], 1] : NotNegative(_depths)!;
        Output = Sum();
    }

    /// <summary>The block's output.</summary>
    public Feature Output { get; }

    private Shape3 Grid => _layers[0].Shape.Coarse;

    private int Samples => _layers[0].Shape.Batch;

    /// <summary>Gives back the memory of a pass that is not gone back through.</summary>
    public void Release()
    {
        foreach (var unit in _units)
        {
            _pass.Pool.Return(unit.Convolved);
            unit.Mask?.Dispose();
        }

        _depths?.Dispose();
    }

    /// <summary>Goes back: from the output's gradient to those of inputs and parameters.</summary>
    public void Backward()
    {
        if (Output.Gradient is null)
        {
            Release(); // the loss does not depend on it
            Output.Release(_pass.Pool);
            return;
        }

        Output.ReleaseValues(_pass.Pool);
        NativeBuffer? next = null;
        var depthGradients = new double[_units.Length];
        for (var k = _units.Length - 1; k >= 0; k--)
        {
            next = Backward(k, next, depthGradients);
        }

        _pass.AddSampled(_depths, depthGradients);
        Output.Release(_pass.Pool);
    }

    private Unit Forward(int k)
    {
        var (part, layer) = (_descriptions[k], _layers[k]);
        var channels = layer.Shape.CoarseChannels;
        var sums = new ChannelSums(Samples, channels);
        var convolved = _pass.Rent(Grid, channels);
        layer.Forward(Source(k), ParameterMemory.Floats(part.Convolution.weight), convolved.Data, sums, _pass.Pool);
        var mask = _chain.Units[k].SampleMask();
        var norm = new UnitNorm(
            Samples,
            Grid.Count,
            sums,
            ParameterMemory.ToArray(part.Norm.Weight),
            ParameterMemory.ToArray(part.Norm.Bias),
            NotNegative(mask),
            part.MaskPlacement == MaskPlacement.AfterActivation);
        return new(convolved, norm, mask, Activation(norm, 1));
    }

    private VoxelSource<T> Source(int k) => k == 0
        ? CpuPass<T>.Source(_inputs)
        : new(Grid, _units[k - 1].Convolved.Data, _layers[k - 1].Shape.CoarseChannels, _units[k - 1].Affine);

    // The activation's factors are applied in front of LeakyReLU, which only factors that are not negative permit.
    private static float[]? NotNegative(Tensor? weights)
    {
        var values = weights is null ? null : ParameterMemory.ToArray(weights);
        return values is null || Array.TrueForAll(values, value => !(value < 0))
            ? values
            : throw new InvalidOperationException(
                $"A relaxation gave the weight {values.Min():g3}, which is negative; give weights of at least 0, or compute with Precision = null.");
    }

    private static ChannelAffine Activation(UnitNorm norm, double weight)
    {
        var affine = new ChannelAffine(norm.Samples, norm.Channels);
        for (var n = 0; n < norm.Samples; n++)
        {
            for (var c = 0; c < norm.Channels; c++)
            {
                // A factor that is not negative may as well be taken before LeakyReLU.
                var (scale, shift) = norm.Affine(n, c);
                var factor = norm.After(c) * weight;
                affine.Set(n, 0, c, scale * factor);
                affine.Set(n, 1, c, shift * factor);
            }
        }

        return affine;
    }

    private Feature Sum()
    {
        var channels = _layers[^1].Shape.CoarseChannels;
        var output = _pass.Rent(Grid, channels);
        var used = Enumerable.Range(0, _units.Length).Where(k => _depthWeights[k] != 0).ToArray();
        UnitLoops<T>.Sum(
            [.. used.Select(k => (nint)_units[k].Convolved.Data)],
            [.. used.Select(k => Activation(_units[k].Norm, _depthWeights[k]))],
            Samples,
            Grid.Count * channels,
            output.Data);
        return new(Grid, channels, output);
    }

    /// <summary>Back through one unit, whose memory and that of <paramref name="next"/> is given back as soon as nothing reads it any more.</summary>
    /// <returns>The gradient of the previous unit's output; null for the first, whose inputs have theirs.</returns>
    private NativeBuffer? Backward(int k, NativeBuffer? next, double[] depthGradients)
    {
        var (unit, part) = (_units[k], _descriptions[k]);
        var learnsWeights = part.Convolution.weight.requires_grad;
        var learnsMask = unit.Mask?.requires_grad == true;
        var channels = unit.Norm.Channels;
        var factors = Factors(unit.Norm);
        var loop = new UnitLoops<T>.Backward
        {
            Output = unit.Convolved.Data,
            Numbers = Grid.Count * channels,
            Norm = unit.Norm,
            Factors = factors,
            BlockGradient = _depthWeights[k] == 0 && _depths is null ? null : Output.Gradient!.Data,
            BlockWeight = _depthWeights[k],
            NextGradient = next is null ? null : next.Data,
            NeedsOutputs = _depths?.requires_grad == true || (learnsMask && unit.Norm.MaskLast),
        };
        var sums = UnitLoops<T>.Reduce(loop, _pass.Pool);
        SetParameterGradients(part, unit, sums, ref depthGradients[k]);
        if (!learnsWeights && k == 0 && !_inputs.Any(_pass.NeedsGradient))
        {
            Release(unit, next);
            return null;
        }

        SetBackwardFactors(unit.Norm, sums, factors);
        var gradient = _pass.Rent(Grid, channels);
        UnitLoops<T>.Apply(loop, gradient.Data);
        Release(unit, next);
        var source = new VoxelSource<T>(Grid, gradient.Data, channels);
        if (learnsWeights)
        {
            _layers[k].WeightGradient(Source(k), source, _pass.Parameters.Gradient(part.Convolution.weight), _pass.Pool);
        }

        NativeBuffer? input = null;
        if (k > 0)
        {
            input = _pass.Rent(Grid, _layers[k].Shape.FineChannels);
            _layers[k].InputGradient(source, ParameterMemory.Floats(part.Convolution.weight), [(nint)input.Data], add: false, _pass.Pool);
        }
        else
        {
            _pass.BackToInputs(_layers[0], source, part.Convolution.weight, _inputs);
        }

        _pass.Pool.Return(gradient);
        return input;
    }

    private void Release(Unit unit, NativeBuffer? next)
    {
        _pass.Pool.Return(unit.Convolved);
        if (next is not null)
        {
            _pass.Pool.Return(next);
        }
    }

    private static ChannelFactors Factors(UnitNorm norm)
    {
        var factors = new ChannelFactors(norm.Samples, norm.Channels, rows: 6);
        for (var n = 0; n < norm.Samples; n++)
        {
            for (var c = 0; c < norm.Channels; c++)
            {
                var (scale, shift) = norm.Affine(n, c);
                factors.Set(n, 0, c, scale);
                factors.Set(n, 1, c, shift);
                factors.Set(n, 2, c, norm.Mean(n, c));
            }
        }

        return factors;
    }

    private static void SetBackwardFactors(UnitNorm norm, VoxelSums[,] sums, ChannelFactors factors)
    {
        for (var n = 0; n < norm.Samples; n++)
        {
            for (var c = 0; c < norm.Channels; c++)
            {
                var (ofGradient, ofOutput, constant) = norm.Backward(n, c, sums[n, c]);
                factors.Set(n, 3, c, ofGradient);
                factors.Set(n, 4, c, ofOutput);
                factors.Set(n, 5, c, constant);
            }
        }
    }

    private void SetParameterGradients(UnitDescription part, Unit unit, VoxelSums[,] sums, ref double depth)
    {
        var norm = unit.Norm;
        var (gamma, beta, mask) = (new double[norm.Channels], new double[norm.Channels], new double[norm.Channels]);
        for (var n = 0; n < norm.Samples; n++)
        {
            for (var c = 0; c < norm.Channels; c++)
            {
                var gradients = norm.ParameterGradients(n, c, sums[n, c]);
                gamma[c] += gradients.Gamma;
                beta[c] += gradients.Beta;
                mask[c] += gradients.Mask;
                depth += norm.After(c) * sums[n, c].BlockOutput;
            }
        }

        _pass.Parameters.SetGradient(part.Norm.Weight, gamma);
        _pass.Parameters.SetGradient(part.Norm.Bias, beta);
        _pass.Parameters.SetGradient(part.Convolution.bias!, new double[norm.Channels]);
        _pass.AddSampled(unit.Mask, mask);
    }

    /// <summary>What a unit leaves for the way back.</summary>
    private sealed record Unit(NativeBuffer Convolved, UnitNorm Norm, Tensor? Mask, ChannelAffine Affine);
}
