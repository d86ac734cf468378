using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Data.Tests.Imaging;

public class CroppingTests
{
    private static readonly Shape3 Shape = new(5, 6, 7);

    [Fact]
    public void A_closed_hole_is_filled_and_one_open_through_a_face_is_not()
    {
        var image = Block();
        image.Data[Shape.Offset(2, 2, 3)] = 0; // inside
        var mask = Cropping.NonZeroMask(image);
        Assert.True(mask[Shape.Offset(2, 2, 3)]);

        image.Data[Shape.Offset(2, 2, 2)] = 0;
        image.Data[Shape.Offset(2, 2, 1)] = 0; // a channel to the outside
        Assert.False(Cropping.NonZeroMask(image)[Shape.Offset(2, 2, 3)]);
    }

    [Fact]
    public void A_hole_that_is_open_only_through_an_edge_is_filled()
    {
        var image = Block();
        image.Data[Shape.Offset(2, 2, 2)] = 0;
        image.Data[Shape.Offset(1, 1, 2)] = 0; // touches the hole diagonally and the outside by a face
        Assert.True(Cropping.NonZeroMask(image)[Shape.Offset(2, 2, 2)]);
        Assert.False(Cropping.NonZeroMask(image)[Shape.Offset(1, 1, 2)]);
    }

    [Fact]
    public void Background_outside_the_mask_becomes_minus_one_and_labels_stay()
    {
        var image = Block();
        image.Data[Shape.Offset(1, 1, 1)] = 0;
        image.Data[Shape.Offset(1, 1, 2)] = 0;
        var labels = new short[Shape.Count];
        labels[Shape.Offset(1, 1, 2)] = 2;
        labels[Shape.Offset(2, 2, 2)] = -5;
        var cropped = Cropping.Crop(image, new LabelMap(labels, Shape, image.Spacing));
        Assert.Equal(new BoundingBox(new(1, 1, 1), new(3, 4, 5)), cropped.Box);
        Assert.Equal(-1, cropped.Labels[0, 0, 0]);
        Assert.Equal(2, cropped.Labels[0, 0, 1]);
        Assert.Equal(0, cropped.Labels[1, 1, 1]);
        Assert.Equal(0, cropped.Labels[2, 3, 4]);
    }

    [Fact]
    public void A_voxel_counts_if_any_channel_has_it()
    {
        var data = new float[2 * Shape.Count];
        data[Shape.Offset(0, 0, 0)] = 1;
        data[Shape.Count + Shape.Offset(2, 3, 4)] = 1;
        var cropped = Cropping.Crop(new Volume(data, 2, Shape, new(1, 1, 1)), labels: null);
        Assert.Equal(new BoundingBox(new(0, 0, 0), new(3, 4, 5)), cropped.Box);
        Assert.Equal(1, cropped.Image[1, 2, 3, 4]);
        Assert.Equal(2, cropped.Labels.Data.Count(label => label == 0));
    }

    [Fact]
    public void An_empty_image_and_labels_of_another_shape_are_refused()
    {
        var empty = new Volume(new float[Shape.Count], 1, Shape, new(1, 1, 1));
        Assert.Throws<PreprocessingException>(() => Cropping.Crop(empty, labels: null));
        Assert.Throws<PreprocessingException>(() => Cropping.Crop(Block(), new LabelMap(new short[8], Shape3.Cube(2), new(1, 1, 1))));
    }

    /// <summary>Ones with a border of zeros.</summary>
    private static Volume Block()
    {
        var data = new float[Shape.Count];
        for (var z = 1; z < Shape.Z - 1; z++)
        {
            for (var y = 1; y < Shape.Y - 1; y++)
            {
                for (var x = 1; x < Shape.X - 1; x++)
                {
                    data[Shape.Offset(z, y, x)] = 1;
                }
            }
        }

        return new Volume(data, 1, Shape, new(1, 1, 1));
    }
}
