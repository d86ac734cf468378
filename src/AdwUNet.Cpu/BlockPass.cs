using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu;

/// <summary>The forward and backward pass of one block of convolution units.</summary>
/// <remarks>
/// Only the outputs of the convolutions are stored. Norm, mask and activation are recomputed wherever the next convolution, the weighted sum or a
/// gradient reads them: recomputation costs less than the memory traffic of storing them.
/// </remarks>
internal sealed unsafe class BlockPass<T>
    where T : struct, IStorageFormat
{
    private readonly NetworkPass<T> _pass;
    private readonly Block _block;
    private readonly ConvolutionLayer<T>[] _layers;
    private readonly FeatureMap[] _inputs;
    private readonly UnitDescription[] _descriptions;
    private readonly UnitState[] _units;
    private readonly Tensor? _depths;
    private readonly float[] _depthWeights;

    /// <summary>Runs the forward pass.</summary>
    /// <param name="pass">The pass of the network.</param>
    /// <param name="block">The block.</param>
    /// <param name="layers">The plans of its convolutions.</param>
    /// <param name="inputs">The input of the block; two feature maps are concatenated along the channels.</param>
    public BlockPass(NetworkPass<T> pass, Block block, ConvolutionLayer<T>[] layers, FeatureMap[] inputs)
    {
        (_pass, _block, _layers, _inputs) = (pass, block, layers, inputs);
        _descriptions = [.. block.Units.Select(unit => unit.Description!)];
        _units = new UnitState[layers.Length];
        for (var k = 0; k < layers.Length; k++)
        {
            _units[k] = Forward(k);
        }

        _depths = block.SampleDepths();
        _depthWeights = _depths is null ? [.. new float[layers.Length - 1], 1] : NonNegative(_depths)!;
        Output = Sum();
    }

    /// <summary>The output of the block.</summary>
    public FeatureMap Output { get; }

    private Shape3 Grid => _layers[0].Shape.Coarse;

    private int Samples => _layers[0].Shape.Batch;

    /// <summary>Releases the memory of a forward pass that has no backward pass.</summary>
    public void Release()
    {
        foreach (var unit in _units)
        {
            _pass.Pool.Return(unit.Convolved);
            unit.Mask?.Dispose();
        }

        _depths?.Dispose();
    }

    /// <summary>Runs the backward pass: from the gradient of the output to the gradients of inputs and parameters.</summary>
    public void Backward()
    {
        if (Output.Gradient is null)
        {
            Release(); // the loss does not depend on this block
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

    private UnitState Forward(int k)
    {
        var (part, layer) = (_descriptions[k], _layers[k]);
        var channels = layer.Shape.CoarseChannels;
        var sums = new ChannelSums(Samples, channels);
        var convolved = _pass.Rent(Grid, channels);
        layer.Forward(Source(k), ParameterMemory.Floats(part.Convolution.weight), convolved.Data, sums, _pass.Pool);
        var mask = _block.Units[k].SampleMask();
        var norm = new MaskedInstanceNorm(
            Samples,
            Grid.Count,
            sums,
            ParameterMemory.ToArray(part.Norm.Weight),
            ParameterMemory.ToArray(part.Norm.Bias),
            NonNegative(mask),
            part.MaskPlacement == MaskPlacement.AfterActivation);
        return new(convolved, norm, mask, FusedAffine(norm, 1));
    }

    private InputView<T> Source(int k) => k == 0
        ? NetworkPass<T>.Source(_inputs)
        : new(Grid, _units[k - 1].Convolved.Data, _layers[k - 1].Shape.CoarseChannels, _units[k - 1].Affine);

    // LeakyReLU(w · x) = w · LeakyReLU(x) holds for w of at least 0 only, and the weights are applied before the activation.
    private static float[]? NonNegative(Tensor? weights)
    {
        var values = weights is null ? null : ParameterMemory.ToArray(weights);
        return values is null || Array.TrueForAll(values, value => !(value < 0))
            ? values
            : throw new InvalidOperationException(
                $"A relaxation gave the weight {values.Min():g3}, which is negative; give weights of at least 0, or compute with Precision = null.");
    }

    private static ChannelAffine FusedAffine(MaskedInstanceNorm norm, double weight)
    {
        var affine = new ChannelAffine(norm.Samples, norm.Channels);
        for (var n = 0; n < norm.Samples; n++)
        {
            for (var c = 0; c < norm.Channels; c++)
            {
                // The factor is not negative, so it can be applied before LeakyReLU.
                var (scale, shift) = norm.Affine(n, c);
                var factor = norm.OutputMask(c) * weight;
                affine.Set(n, 0, c, scale * factor);
                affine.Set(n, 1, c, shift * factor);
            }
        }

        return affine;
    }

    private FeatureMap Sum()
    {
        var channels = _layers[^1].Shape.CoarseChannels;
        var output = _pass.Rent(Grid, channels);
        var used = Enumerable.Range(0, _units.Length).Where(k => _depthWeights[k] != 0).ToArray();
        ElementwiseKernels<T>.WeightedSum(
            [.. used.Select(k => (nint)_units[k].Convolved.Data)],
            [.. used.Select(k => FusedAffine(_units[k].Norm, _depthWeights[k]))],
            Samples,
            Grid.Count * channels,
            output.Data);
        return new(Grid, channels, output);
    }

    /// <summary>
    /// Runs the backward pass of one unit. Releases the memory of the unit and of <paramref name="next"/> as soon as nothing reads it any more.
    /// </summary>
    /// <returns>The gradient of the output of the previous unit; null for the first unit, which writes the gradients of the block's inputs.</returns>
    private NativeBuffer? Backward(int k, NativeBuffer? next, double[] depthGradients)
    {
        var (unit, part) = (_units[k], _descriptions[k]);
        var learnsWeights = part.Convolution.weight.requires_grad;
        var learnsMask = unit.Mask?.requires_grad == true;
        var channels = unit.Norm.Channels;
        var factors = Factors(unit.Norm);
        var loop = new ElementwiseKernels<T>.BackwardArguments
        {
            Output = unit.Convolved.Data,
            ValuesPerSample = Grid.Count * channels,
            Norm = unit.Norm,
            Factors = factors,
            BlockGradient = _depthWeights[k] == 0 && _depths is null ? null : Output.Gradient!.Data,
            BlockWeight = _depthWeights[k],
            NextGradient = next is null ? null : next.Data,
            NeedsOutputs = _depths?.requires_grad == true || (learnsMask && unit.Norm.HasOutputMask),
        };
        var sums = ElementwiseKernels<T>.ReduceBackward(loop, _pass.Pool);
        SetParameterGradients(part, unit, sums, ref depthGradients[k]);
        if (!learnsWeights && k == 0 && !_inputs.Any(_pass.NeedsGradient))
        {
            Release(unit, next);
            return null;
        }

        SetBackwardFactors(unit.Norm, sums, factors);
        var gradient = _pass.Rent(Grid, channels);
        ElementwiseKernels<T>.ApplyBackward(loop, gradient.Data);
        Release(unit, next);
        var source = new InputView<T>(Grid, gradient.Data, channels);
        if (learnsWeights)
        {
            _layers[k].BackwardWeights(Source(k), source, _pass.Parameters.Gradient(part.Convolution.weight), _pass.Pool);
        }

        NativeBuffer? input = null;
        if (k > 0)
        {
            input = _pass.Rent(Grid, _layers[k].Shape.FineChannels);
            _layers[k].BackwardData(source, ParameterMemory.Floats(part.Convolution.weight), [(nint)input.Data], add: false, _pass.Pool);
        }
        else
        {
            _pass.BackwardData(_layers[0], source, part.Convolution.weight, _inputs);
        }

        _pass.Pool.Return(gradient);
        return input;
    }

    private void Release(UnitState unit, NativeBuffer? next)
    {
        _pass.Pool.Return(unit.Convolved);
        if (next is not null)
        {
            _pass.Pool.Return(next);
        }
    }

    private static ChannelFactors Factors(MaskedInstanceNorm norm)
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

    private static void SetBackwardFactors(MaskedInstanceNorm norm, GradientSums[,] sums, ChannelFactors factors)
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

    private void SetParameterGradients(UnitDescription part, UnitState unit, GradientSums[,] sums, ref double depth)
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
                depth += norm.OutputMask(c) * sums[n, c].BlockOutput;
            }
        }

        _pass.Parameters.SetGradient(part.Norm.Weight, gamma);
        _pass.Parameters.SetGradient(part.Norm.Bias, beta);
        _pass.Parameters.SetGradient(part.Convolution.bias!, new double[norm.Channels]);
        _pass.AddSampled(unit.Mask, mask);
    }

    /// <summary>What the forward pass of a unit stores for the backward pass.</summary>
    private sealed record UnitState(NativeBuffer Convolved, MaskedInstanceNorm Norm, Tensor? Mask, ChannelAffine Affine);
}
