using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Augmentation;

/// <summary>Where a patch is taken.</summary>
/// <param name="Case">From which case.</param>
/// <param name="Origin">Index of the patch's first voxel in the case; negative where it hangs over the border.</param>
internal readonly record struct PatchLocation(IPreprocessedCase Case, Shape3 Origin);
