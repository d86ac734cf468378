namespace AdwUNet.Phantom;

/// <summary>What kind of scanner a phantom's intensities imitate.</summary>
public enum PhantomIntensities
{
    /// <summary>
    /// Magnetic resonance: arbitrary units whose scale differs from case to case by orders of magnitude, a smooth bias field and
    /// Rician noise.
    /// </summary>
    Mri,

    /// <summary>
    /// Computed tomography: Hounsfield units, the same in every case; air at −1000 and bone far above the little
    /// contrast that matters, so that clipping to the foreground's percentiles does matter.
    /// </summary>
    Ct,
}
