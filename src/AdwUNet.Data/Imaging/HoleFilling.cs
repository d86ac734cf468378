using System.Runtime.InteropServices;

namespace AdwUNet.Imaging;

/// <summary>
/// Fills what background at the border cannot reach through faces (SciPy's <c>binary_fill_holes</c>). It visits whole runs
/// of a row at once, so that the queue stays short even if most of a scan is background.
/// </summary>
internal static class HoleFilling
{
    private const byte Empty = 0;
    private const byte Reached = 2;

    /// <summary>Fills the holes of a mask in the order (z, y, x).</summary>
    public static void Fill(bool[] mask, Shape3 shape)
    {
        var cells = MemoryMarshal.AsBytes(mask.AsSpan());
        var open = new Stack<Run>();
        for (var z = 0; z < shape.Z; z++)
        {
            for (var y = 0; y < shape.Y; y++)
            {
                if (z == 0 || z == shape.Z - 1 || y == 0 || y == shape.Y - 1)
                {
                    Reach(cells, shape, new(z, y, 0, shape.X), open);
                }
                else
                {
                    Reach(cells, shape, new(z, y, 0, 1), open);
                    Reach(cells, shape, new(z, y, shape.X - 1, shape.X), open);
                }
            }
        }

        while (open.TryPop(out var run))
        {
            Reach(cells, shape, run with { Z = run.Z - 1 }, open);
            Reach(cells, shape, run with { Z = run.Z + 1 }, open);
            Reach(cells, shape, run with { Y = run.Y - 1 }, open);
            Reach(cells, shape, run with { Y = run.Y + 1 }, open);
        }

        foreach (ref var cell in cells)
        {
            cell = (byte)(cell == Reached ? 0 : 1);
        }
    }

    /// <summary>Marks every run of empty cells that touches a part of a row, and queues the whole run.</summary>
    private static void Reach(Span<byte> cells, Shape3 shape, Run part, Stack<Run> open)
    {
        if (part.Z < 0 || part.Z >= shape.Z || part.Y < 0 || part.Y >= shape.Y)
        {
            return;
        }

        var row = cells.Slice(shape.Offset(part.Z, part.Y, 0), shape.X);
        for (var at = part.Start; at < part.End; at++)
        {
            var distance = row[at..part.End].IndexOf(Empty);
            if (distance < 0)
            {
                return;
            }

            at += distance;
            var length = row[at..].IndexOfAnyExcept(Empty);
            var start = row[..at].LastIndexOfAnyExcept(Empty) + 1;
            var end = length < 0 ? row.Length : at + length;
            row[start..end].Fill(Reached);
            open.Push(new(part.Z, part.Y, start, end));
            at = end;
        }
    }

    /// <summary>A part of a row; the end is exclusive.</summary>
    private readonly record struct Run(int Z, int Y, int Start, int End);
}
