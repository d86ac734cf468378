using System.Globalization;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Imaging;

namespace AdwUNet.Benchmarks.Preprocessing;

/// <summary>Preprocessing of a scan against scikit-image's resize of its image alone.</summary>
/// <param name="Name">The scan.</param>
/// <param name="Whole">Seconds of crop, resampling of image and labels, and normalisation here.</param>
/// <param name="Image">Seconds of the resampling of the image alone here.</param>
/// <param name="Theirs">Seconds of scikit-image; empty where it is missing.</param>
/// <param name="VolumeBytes">The scan's voxels in single precision: before or after, whichever are more.</param>
/// <param name="Memory">By how many bytes the process of one preprocessing grew at most, scan, labels and results included.</param>
/// <param name="TheirMemory">The same of scikit-image's, which has no labels.</param>
/// <param name="Difference">The largest difference between both resized images, relative to the largest value.</param>
internal sealed record PreprocessingTimes(
    string Name, Samples Whole, Samples Image, Samples Theirs, long VolumeBytes, long Memory, long? TheirMemory, double? Difference)
{
    /// <summary>The command that the fresh process is given.</summary>
    public const string Command = "preprocess-memory";

    private const int WarmUp = 40;

    /// <summary>Measures a scan of <see cref="PreprocessingCase.All"/>.</summary>
    /// <param name="key">Which.</param>
    /// <param name="rounds">How often the two take turns.</param>
    public static PreprocessingTimes Measure(string key, Rounds rounds)
    {
        var scan = PreprocessingCase.All[key]();
        var (from, spacing) = (scan.Image.Shape, scan.Image.Spacing);
        var to = Resampling.ShapeAt(from, spacing, scan.Target);
        var axis = Resampling.SeparateAxis(spacing, scan.Target);

        // A small scan is one of hundreds: it is measured when the code is compiled for good, and many times at once.
        var isSmall = from.Count < 1 << 20;
        var repetitions = isSmall ? 20 : 1;
        for (var i = 0; i < (isSmall ? WarmUp : 1); i++)
        {
            scan.Process();
        }

        var (whole, image, theirs) = (new Samples(), new Samples(), new Samples());
        ScikitImage.Outcome? outcome = null;
        float[] resized = [];
        Action[] contestants =
        [
            () => Repeat(repetitions, whole, () => scan.Process()),
            () => Repeat(repetitions, image, () => resized = Resampling.Resize(scan.Image.Data, from, to, axis)),
            () =>
            {
                outcome = ScikitImage.Resize(scan.Image, to, axis is not null, repetitions);
                Array.ForEach(outcome.Seconds, theirs.Add);
            },
        ];
        rounds.Alternate(ScikitImage.Version is null ? contestants[..^1] : contestants);
        return new(
            scan.Name,
            whole,
            image,
            theirs,
            Math.Max(from.Count, to.Count) * sizeof(float),
            long.Parse(Child.Run(Command, key), CultureInfo.InvariantCulture),
            outcome?.Memory,
            outcome is null ? null : LargestDifference(resized, outcome.Result));
    }

    /// <summary>What the fresh process does: one preprocessing, then by how much the process grew as the last line.</summary>
    public static void RunHere(string key)
    {
        PreprocessingCase.All["hippocampus"]().Process(); // what is loaded at first use
        var before = ProcessMemory.Now;
        PreprocessingCase.All[key]().Process();
        Console.WriteLine(ProcessMemory.Peak - before);
    }

    private static void Repeat(int repetitions, Samples samples, Action action)
    {
        for (var i = 0; i < repetitions; i++)
        {
            samples.Add(Rounds.Time(action));
        }
    }

    private static double LargestDifference(float[] ours, float[] theirs) =>
        ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Max() / theirs.Max(value => Math.Abs((double)value));
}
