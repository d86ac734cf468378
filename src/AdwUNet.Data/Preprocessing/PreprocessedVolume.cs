using AdwUNet.Imaging;

namespace AdwUNet.Preprocessing;

/// <summary>One case in memory, ready for the network.</summary>
/// <param name="Image">Cropped, resampled, normalised; plan axes.</param>
/// <param name="Labels">Its labels; −1 outside the non-zero region.</param>
/// <param name="Geometry">The way back to the original image.</param>
public sealed record PreprocessedVolume(Volume Image, LabelMap Labels, CaseGeometry Geometry);
