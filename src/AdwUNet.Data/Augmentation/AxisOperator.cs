using System.Numerics;
using AdwUNet.Imaging;

namespace AdwUNet.Augmentation;

/// <summary>
/// A linear map along one axis in which every output is a weighted sum of a few neighbouring inputs: a blur, or a change of
/// resolution.
/// </summary>
internal sealed class AxisOperator
{
    /// <summary>Weights below this are omitted; they do not change a float.</summary>
    private const double Negligible = 1e-8;

    private readonly int _inputs;
    private readonly int _width;
    private readonly int[] _first;
    private readonly float[] _weights;

    /// <summary>Creates the map from its full matrix.</summary>
    /// <param name="matrix">Row: output; column: input.</param>
    private AxisOperator(double[,] matrix)
    {
        var outputs = matrix.GetLength(0);
        _inputs = matrix.GetLength(1);
        _first = new int[outputs];
        var last = new int[outputs];
        for (var row = 0; row < outputs; row++)
        {
            var used = Enumerable.Range(0, _inputs).Where(column => Math.Abs(matrix[row, column]) > Negligible);
            _first[row] = used.FirstOrDefault();
            last[row] = used.LastOrDefault();
            _width = Math.Max(_width, last[row] - _first[row] + 1);
        }

        _weights = new float[outputs * _width];
        for (var row = 0; row < outputs; row++)
        {
            _first[row] = Math.Min(_first[row], _inputs - _width);
            for (var k = 0; k < _width; k++)
            {
                _weights[(row * _width) + k] = (float)matrix[row, _first[row] + k];
            }
        }
    }

    /// <summary>Length of the axis afterwards.</summary>
    public int Outputs => _first.Length;

    /// <summary>
    /// A Gaussian blur that ends at <paramref name="truncate"/> standard deviations, the border mirrored with its voxel repeated
    /// (SciPy's <c>gaussian_filter</c>).
    /// </summary>
    public static AxisOperator GaussianBlur(int length, double sigma, double truncate)
    {
        var radius = (int)((truncate * sigma) + 0.5);
        var kernel = new double[(2 * radius) + 1];
        for (var i = 0; i < kernel.Length; i++)
        {
            kernel[i] = Math.Exp(-0.5 * (i - radius) * (i - radius) / (sigma * sigma));
        }

        var sum = kernel.Sum();
        var matrix = new double[length, length];
        for (var row = 0; row < length; row++)
        {
            for (var i = 0; i < kernel.Length; i++)
            {
                matrix[row, Reflect(row + i - radius, length)] += kernel[i] / sum;
            }
        }

        return new(matrix);
    }

    /// <summary>A cubic resize with the border voxel continued (skimage's <c>resize</c> with order 3, mode <c>edge</c>).</summary>
    public static AxisOperator CubicResize(int length, int newLength)
    {
        var interpolation = AxisInterpolation.Of(length, newLength, order: 3);
        var matrix = new double[newLength, length];
        for (var row = 0; row < newLength; row++)
        {
            for (var tap = 0; tap < interpolation.Taps; tap++)
            {
                matrix[row, interpolation.Starts[row] + tap] = interpolation.Weights[(row * interpolation.Taps) + tap];
            }
        }

        return new(matrix);
    }

    /// <summary>Applies the map along an axis of one volume.</summary>
    /// <param name="source">(z, y, x).</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="axis">0 = z, 1 = y, 2 = x.</param>
    /// <param name="result">The same with the axis as long as <see cref="Outputs"/>.</param>
    public void Apply(ReadOnlySpan<float> source, Shape3 shape, int axis, Span<float> result)
    {
        if (axis == 2)
        {
            for (int from = 0, to = 0; from < source.Length; from += _inputs, to += Outputs)
            {
                ApplyToLine(source.Slice(from, _inputs), result.Slice(to, Outputs));
            }

            return;
        }

        var block = axis == 1 ? shape.X : shape.Y * shape.X;
        for (int from = 0, to = 0; from < source.Length; from += _inputs * block, to += Outputs * block)
        {
            ApplyToBlocks(source.Slice(from, _inputs * block), result.Slice(to, Outputs * block), block);
        }
    }

    /// <summary>The index of the voxel that a mirrored border has at a position: d c b a | a b c d | d c b a.</summary>
    private static int Reflect(int index, int length)
    {
        var period = 2 * length;
        var inPeriod = ((index % period) + period) % period;
        return inPeriod < length ? inPeriod : period - 1 - inPeriod;
    }

    private void ApplyToLine(ReadOnlySpan<float> line, Span<float> result)
    {
        for (var row = 0; row < result.Length; row++)
        {
            var inputs = line.Slice(_first[row], _width);
            var weights = _weights.AsSpan(row * _width, _width);
            var sum = Vector<float>.Zero;
            var k = 0;
            for (; k <= _width - Vector<float>.Count; k += Vector<float>.Count)
            {
                sum += new Vector<float>(inputs[k..]) * new Vector<float>(weights[k..]);
            }

            var rest = Vector.Sum(sum);
            for (; k < _width; k++)
            {
                rest += inputs[k] * weights[k];
            }

            result[row] = rest;
        }
    }

    private void ApplyToBlocks(ReadOnlySpan<float> blocks, Span<float> result, int block)
    {
        for (var row = 0; row < Outputs; row++)
        {
            var inputs = blocks[(_first[row] * block)..];
            var weights = _weights.AsSpan(row * _width, _width);
            var target = result.Slice(row * block, block);
            var i = 0;
            for (; i <= block - Vector<float>.Count; i += Vector<float>.Count)
            {
                var sum = Vector<float>.Zero;
                for (var k = 0; k < weights.Length; k++)
                {
                    sum += new Vector<float>(inputs[((k * block) + i)..]) * weights[k];
                }

                sum.CopyTo(target[i..]);
            }

            for (; i < block; i++)
            {
                var sum = 0f;
                for (var k = 0; k < weights.Length; k++)
                {
                    sum += inputs[(k * block) + i] * weights[k];
                }

                target[i] = sum;
            }
        }
    }
}
