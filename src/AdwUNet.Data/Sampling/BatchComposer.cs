using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Sampling;

/// <summary>
/// Makes the batch of a given number; the result depends on the number alone, so any thread can make any batch. A composer
/// is not thread-safe, because it keeps scratch memory.
/// </summary>
internal sealed class BatchComposer
{
    private readonly PatchSampler _sampler;
    private readonly PatchAugmenter _augmenter;
    private readonly Shape3 _patch;
    private readonly ulong _seed;
    private readonly string _stream;
    private readonly short[] _labels;
    private readonly short[] _resized;

    public BatchComposer(PatchSampler sampler, Shape3 patch, PatchAugmenter augmenter, ulong seed, string stream)
    {
        _sampler = sampler;
        _patch = patch;
        _augmenter = augmenter;
        _seed = seed;
        _stream = stream;
        _labels = new short[patch.Count];
        _resized = new short[patch.Count];
    }

    /// <summary>Fills a batch.</summary>
    /// <exception cref="SamplingException">A case could not be read; the message names it.</exception>
    public void Fill(PatchBatch batch, long index)
    {
        for (var sample = 0; sample < batch.Samples; sample++)
        {
            var random = new RandomSequence(_seed, _stream, index, sample);
            var location = _sampler.Draw(sample, random);
            try
            {
                FillSample(batch, sample, location, random);
            }
            catch (Exception error)
            {
                throw new SamplingException(
                    $"Sample {sample} of batch {index} could not be taken from the case {location.Case.Id}: {error.Message}", error);
            }
        }
    }

    private void FillSample(PatchBatch batch, int sample, PatchLocation location, RandomSequence random)
    {
        var voxels = _labels.Length;
        _augmenter.Fill(location, _patch, batch.Image.Slice(sample * batch.Channels * voxels, batch.Channels * voxels), _labels, random);
        WriteTargets(batch, sample);
    }

    private void WriteTargets(PatchBatch batch, int sample)
    {
        foreach (ref var label in _labels.AsSpan())
        {
            label = Math.Max((short)0, label);
        }

        batch.WriteTarget(0, sample, _labels);
        for (var output = 1; output < batch.Shapes.Count; output++)
        {
            var resized = _resized.AsSpan(0, (int)batch.Shapes[output].Count);
            DownsampledTargets.Resize<short>(_labels, _patch, resized, batch.Shapes[output]);
            batch.WriteTarget(output, sample, resized);
        }
    }
}
