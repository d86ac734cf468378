using System.Globalization;

namespace AdwUNet.Imaging;

/// <summary>The units of length in <c>xyzt_units</c> (<c>nifti1.h</c>): the lowest three bits; the others are the unit of time.</summary>
internal static class NiftiUnits
{
    private const int SpaceBits = 7;
    private const int Metre = 1;
    private const int Micrometre = 3;

    /// <summary>How many millimetres the file's unit of length is; an unknown unit is a millimetre, as every reader takes it.</summary>
    public static double Millimetres(int units) => (units & SpaceBits) switch
    {
        Metre => 1000,
        Micrometre => 0.001,
        _ => 1,
    };

    /// <summary>
    /// A spacing as a file in millimetres would have it: 0.0007 metres in single precision are 0.7 mm in single precision, although a product of
    /// the two would differ in the last digit.
    /// </summary>
    public static Spacing3 Rounded(Spacing3 spacing, int units)
    {
        var millimetres = Millimetres(units);
        return millimetres == 1 ? spacing : new Spacing3(Length(spacing.Z), Length(spacing.Y), Length(spacing.X));

        double Length(double value) =>
            (float)(double.Parse(((float)(value / millimetres)).ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) * millimetres);
    }
}
