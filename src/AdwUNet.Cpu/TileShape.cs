namespace AdwUNet.Cpu;

/// <summary>The epilogue of a tile: how its sums are written to C.</summary>
internal enum Epilogue
{
    /// <summary>Overwrites C with the sums rounded to bfloat16.</summary>
    StoreBFloat16,

    /// <summary>Adds the sums to C in bfloat16.</summary>
    AccumulateBFloat16,

    /// <summary>Overwrites C with the sums in float32.</summary>
    StoreFloat32,

    /// <summary>Adds the sums to C in float32.</summary>
    AccumulateFloat32,
}

/// <summary>The sizes of a <see cref="TileKernel"/>. Offsets and strides are in bytes.</summary>
internal sealed record TileShape
{
    /// <summary>Whether A and B contain pairs of bfloat16 values; otherwise float32 values.</summary>
    public required bool BFloat16 { get; init; }

    /// <summary>Offset of each row in A.</summary>
    public required int[] RowOffsetsA { get; init; }

    /// <summary>Offset of each row in C.</summary>
    public required int[] RowOffsetsC { get; init; }

    /// <summary>Bytes from one step to the next in A.</summary>
    public required int StepBytesA { get; init; }

    /// <summary>Steps of every segment.</summary>
    public required int Steps { get; init; }

    /// <summary>Columns in vectors of 16.</summary>
    public required int Vectors { get; init; }

    /// <summary>Columns of the last vector that are stored.</summary>
    public int LastColumns { get; init; } = 16;

    /// <summary>How C is written.</summary>
    public required Epilogue Epilogue { get; init; }

    /// <summary>Whether the kernel also sums the columns and their squares.</summary>
    public bool Statistics { get; init; }

    /// <summary>A text that is equal for equal shapes.</summary>
    public string Key =>
        $"{BFloat16} {string.Join(',', RowOffsetsA)} {string.Join(',', RowOffsetsC)} {StepBytesA} {Steps} {Vectors} {LastColumns} {Epilogue} {Statistics}";
}
