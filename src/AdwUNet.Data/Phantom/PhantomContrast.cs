namespace AdwUNet.Phantom;

/// <summary>The intensity of each material in one modality, before bias field, noise and scale.</summary>
/// <param name="Name">As <c>dataset.json</c> has it.</param>
/// <param name="Matrix">What surrounds everything (white matter, soft tissue).</param>
/// <param name="Structure">The target, and the distractors that look like it.</param>
/// <param name="Fluid">The dark or bright strand that runs beside the target (cerebrospinal fluid; fat in CT).</param>
/// <param name="Bone">Only CT has any.</param>
/// <param name="Outside">Beyond the anatomy.</param>
/// <param name="Texture">Amplitude of the tissue's texture.</param>
/// <param name="Noise">The noise's usual standard deviation.</param>
internal sealed record PhantomContrast(
    string Name, float Matrix, float Structure, float Fluid, float Bone, float Outside, float Texture, float Noise)
{
    /// <summary>Hounsfield units: 25 between the target and its surroundings, 12 of noise.</summary>
    public static PhantomContrast Ct { get; } = new("CT", 35, 60, -90, 900, -1000, 8, 12);

    /// <summary>Magnetic resonance, relative to a maximum of about 1; contrasts turn round between them.</summary>
    public static IReadOnlyList<PhantomContrast> Mri { get; } =
    [
        new("T1", 0.75f, 0.50f, 0.20f, 0.05f, 0, 0.09f, 0.055f),
        new("T2", 0.40f, 0.58f, 0.95f, 0.05f, 0, 0.09f, 0.055f),
        new("FLAIR", 0.45f, 0.65f, 0.15f, 0.05f, 0, 0.08f, 0.055f),
        new("PD", 0.55f, 0.70f, 0.85f, 0.05f, 0, 0.06f, 0.045f),
    ];

    public static IReadOnlyList<PhantomContrast> Of(PhantomOptions options) => options switch
    {
        { Intensities: PhantomIntensities.Ct } => [Ct],
        { Modalities: 1 } => [Mri[0] with { Name = "MRI" }],
        _ => [.. Mri.Take(options.Modalities)],
    };
}
