using System.Runtime.InteropServices;
using System.Text.Json;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Imaging;

namespace AdwUNet.Benchmarks.Preprocessing;

/// <summary>scikit-image's cubic resize, called as nnU-Net v1 does, in a Python of its own.</summary>
internal static class ScikitImage
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> FoundVersion = new(() =>
        Child.Run(Python, ["-c", "import skimage; print(skimage.__version__)"]) is { Code: 0 } done ? done.Output.Trim() : null);

    /// <summary>Its version; null where it is missing.</summary>
    public static string? Version => FoundVersion.Value;

    /// <summary>Resizes the voxels of one channel.</summary>
    /// <param name="image">Voxels before.</param>
    /// <param name="to">The shape wanted.</param>
    /// <param name="bySlices">Whether every slice is resized by itself; only where the number of slices stays.</param>
    /// <param name="repetitions">How often.</param>
    public static Outcome Resize(Volume image, Shape3 to, bool bySlices, int repetitions)
    {
        var folder = Directory.CreateTempSubdirectory("adwunet-");
        try
        {
            var (source, target) = (Path.Combine(folder.FullName, "source.raw"), Path.Combine(folder.FullName, "target.raw"));
            File.WriteAllBytes(source, MemoryMarshal.AsBytes<float>(image.Channel(0)));
            var script = Path.Combine(AppContext.BaseDirectory, "skimage_resize.py");
            var (code, output) = Child.Run(
                Python, [script, source, string.Join(',', image.Shape.ToArray()), string.Join(',', to.ToArray()), $"{bySlices}", $"{repetitions}", target]);
            var outcome = code == 0 ? JsonSerializer.Deserialize<Outcome>(output) : null;
            return (outcome ?? throw new InvalidOperationException($"{script} failed with code {code}.")) with
            {
                Result = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(target)).ToArray(),
            };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <param name="Seconds">Of every repetition, without reading the file.</param>
    /// <param name="Memory">By how many bytes the process grew at most, its input included.</param>
    internal sealed record Outcome(double[] Seconds, long Memory)
    {
        /// <summary>The resized voxels.</summary>
        public float[] Result { get; init; } = [];
    }
}
