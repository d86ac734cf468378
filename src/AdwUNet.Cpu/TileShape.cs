
namespace AdwUNet.Cpu;

/// <summary>What a tile's sums become.</summary>
internal enum TileOutput
{
    /// <summary>Rounded to bfloat16 and stored.</summary>
    BFloat16,

    /// <summary>Added to what is there, rounded to bfloat16 and stored.</summary>
    AddBFloat16,

    /// <summary>Stored in single precision.</summary>
    Single,

    /// <summary>Added to what is there, in single precision.</summary>
    AddSingle,
}

/// <summary>Sizes and strides of a <see cref="TileKernel"/>, all in bytes.</summary>
internal sealed record TileShape
{
    /// <summary>Whether A and B hold pairs of bfloat16 numbers; else single floats.</summary>
    public required bool BFloat16 { get; init; }

    /// <summary>Where each row begins in A.</summary>
    public required int[] RowsOfA { get; init; }

    /// <summary>Where each row begins in C.</summary>
    public required int[] RowsOfC { get; init; }

    /// <summary>From one step to the next in A.</summary>
    public required int StepOfA { get; init; }

    /// <summary>Steps of every segment.</summary>
    public required int Steps { get; init; }

    /// <summary>Columns in vectors of 16.</summary>
    public required int Vectors { get; init; }

    /// <summary>Columns of the last vector that are stored.</summary>
    public int LastColumns { get; init; } = 16;

    /// <summary>How C is written.</summary>
    public required TileOutput Output { get; init; }

    /// <summary>Whether the sums of the columns and of their squares are added up.</summary>
    public bool Statistics { get; init; }

    /// <summary>The shape as text: equal for equal shapes.</summary>
    public string Key =>
        $"{BFloat16} {string.Join(',', RowsOfA)} {string.Join(',', RowsOfC)} {StepOfA} {Steps} {Vectors} {LastColumns} {Output} {Statistics}";
}
