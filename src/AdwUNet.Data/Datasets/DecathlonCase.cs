namespace AdwUNet.Datasets;

/// <summary>One training case of a decathlon dataset.</summary>
/// <param name="Id">The image's file name without its ending, such as <c>hippocampus_001</c>; unique in its dataset.</param>
/// <param name="ImagePath">The full path of the image.</param>
/// <param name="LabelPath">The full path of the label map.</param>
public sealed record DecathlonCase(string Id, string ImagePath, string LabelPath);
