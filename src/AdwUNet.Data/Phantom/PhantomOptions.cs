using AdwUNet.Imaging;

namespace AdwUNet.Phantom;

/// <summary>The properties of a <see cref="PhantomDataset"/>. Equal options give equal files, byte for byte, on the same platform.</summary>
public sealed record PhantomOptions
{
    /// <summary>The most modalities that can be imitated: T1, T2, FLAIR, PD.</summary>
    public const int MaxModalities = 4;

    /// <summary>The most parts into which the structure can be divided.</summary>
    public const int MaxParts = 4;

    /// <summary>The smallest field of view, in voxels of any axis.</summary>
    public const int MinSize = 8;

    /// <summary>The most voxels of one case.</summary>
    public const long MaxVoxels = 1L << 26;

    /// <summary>The dataset's name; by the decathlon's custom also that of its folder.</summary>
    public string Name { get; init; } = "Task00_Phantom";

    /// <summary>Cases with labels. The first n cases are the same whatever the total.</summary>
    public int Cases { get; init; } = 20;

    /// <summary>Further cases without labels (<c>imagesTs</c>).</summary>
    public int TestCases { get; init; }

    /// <summary>Which dataset of its kind.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The mean field of view in voxels, (z, y, x). The anatomy is scaled to fill it, so a smaller field is a coarser image of the
    /// same thing. The default is the mean shape of the decathlon's Task04 (hippocampus).
    /// </summary>
    public Shape3 Size { get; init; } = new(36, 50, 35);

    /// <summary>How far a case's field of view may be from the mean on each axis, as a fraction of it.</summary>
    public double SizeVariation { get; init; } = 0.12;

    /// <summary>
    /// Millimetres between voxels, (z, y, x). Along coarse axes the image is made on the finest axis' grid and averaged, as
    /// thick slices are.
    /// </summary>
    public Spacing3 Spacing { get; init; } = new(1, 1, 1);

    /// <summary>What kind of scanner is imitated.</summary>
    public PhantomIntensities Intensities { get; init; } = PhantomIntensities.Mri;

    /// <summary>Channels, each with a contrast, bias field, noise and scale of its own; computed tomography has one.</summary>
    public int Modalities { get; init; } = 1;

    /// <summary>Foreground classes: the structure is divided along its length into this many parts.</summary>
    public int Parts { get; init; } = 2;

    /// <summary>
    /// Whether everything outside the anatomy is exactly 0 (as after brain extraction), more than a quarter of the volume, so that
    /// cropping and masked normalisation come into play. Magnetic resonance only.
    /// </summary>
    public bool SkullStripped { get; init; }

    /// <summary>The noise's standard deviation relative to its usual strength (1); 0 is none.</summary>
    public double Noise { get; init; } = 1;

    /// <summary>
    /// A copy with the <see cref="Size"/> at which the spacing gives the default's field of view (36×50×35 mm): thick slices
    /// become fewer, fine pixels more.
    /// </summary>
    public PhantomOptions FillingTheUsualField()
    {
        var size = new PhantomOptions().Size;
        for (var axis = 0; axis < 3; axis++)
        {
            size = size.With(axis, (int)Math.Clamp(Math.Round(size[axis] / Spacing[axis]), MinSize, int.MaxValue));
        }

        return this with { Size = size };
    }

    /// <summary>Checks that a dataset can be made from these options.</summary>
    /// <exception cref="PhantomException">One of them is out of range; the message names it.</exception>
    public void Validate()
    {
        Require(
            Name.Length > 0 && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'),
            $"The phantom's name \"{Name}\" is not a folder name of letters, digits, _ and -.");
        Require(Cases is >= 1 and <= 9999, $"A phantom of {Cases} cases cannot be made; choose 1 to 9999.");
        Require(TestCases is >= 0 and <= 9999, $"A phantom with {TestCases} test cases cannot be made; choose 0 to 9999.");
        for (var axis = 0; axis < 3; axis++)
        {
            Require(Size[axis] >= MinSize, $"The phantom's size {Size} is too small; every axis needs {MinSize} voxels or more.");
            Require(
                double.IsFinite(Spacing[axis]) && Spacing[axis] > 0,
                $"The phantom's spacing {Spacing} is not three positive numbers of millimetres.");
        }

        // Product in double: three large ints overflow a long.
        var largest = Math.Pow(1 + SizeVariation, 3) * Size.Z * Size.Y * Size.X;
        Require(SizeVariation is >= 0 and <= 0.3, $"The phantom's size variation {SizeVariation} is not between 0 and 0.3.");
        Require(largest <= MaxVoxels, $"The phantom's size {Size} is more than {MaxVoxels} voxels a case; choose a smaller one.");
        Require(
            Modalities is >= 1 and <= MaxModalities,
            $"A phantom of {Modalities} modalities cannot be made; choose 1 to {MaxModalities}.");
        Require(Parts is >= 1 and <= MaxParts, $"A phantom of {Parts} parts cannot be made; choose 1 to {MaxParts}.");
        Require(Noise is >= 0 and <= 10, $"The phantom's noise {Noise} is not between 0 and 10 times the usual.");
        Require(Enum.IsDefined(Intensities), $"The phantom's intensities {Intensities} are neither Mri nor Ct.");
        Require(
            Intensities != PhantomIntensities.Ct || (Modalities == 1 && !SkullStripped),
            "A CT phantom has one modality and its own background; choose MRI for more modalities or skull stripping.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new PhantomException(message);
        }
    }
}
