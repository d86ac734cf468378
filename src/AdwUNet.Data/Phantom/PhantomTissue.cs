namespace AdwUNet.Phantom;

/// <summary>What is at one point: shares of materials (the rest is matrix), and the target's part.</summary>
/// <param name="Structure">Share of target or look-alike.</param>
/// <param name="Fluid">Share of fluid.</param>
/// <param name="Bone">Share of bone.</param>
/// <param name="Outside">Whether the point lies beyond the anatomy.</param>
/// <param name="Part">0 outside the target, else its part, 1 being the head.</param>
internal readonly record struct PhantomTissue(float Structure, float Fluid, float Bone, bool Outside, int Part);
