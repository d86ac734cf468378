using System.Text;
using AdwUNet.Imaging;
using AdwUNet.Planning;

namespace AdwUNet.Interactive;

/// <summary>One convolution of a drawing.</summary>
/// <param name="Width">Its (largest) number of channels.</param>
/// <param name="Options">The numbers of channels that it can have; one where that is fixed.</param>
/// <param name="MayBeLeftOut">Whether the block can be so shallow that it is not there.</param>
internal sealed record UNetBox(int Width, IReadOnlyList<int> Options, bool MayBeLeftOut)
{
    /// <summary>The channels as text, such as <c>48</c> or <c>16–48</c>.</summary>
    public string Label => Options.Count > 1 ? $"{Options[0]}–{Options[^1]}" : $"{Width}";
}

/// <summary>Draws a U-Net as inline SVG; text and lines take the page's colour, so that it works in light and dark.</summary>
internal sealed class UNetDrawing
{
    // All in SVG units, which are pixels at full size.
    private const double Indent = 30;
    private const double LeftMargin = 150;
    private const double RightMargin = 130;
    private const double TopMargin = 30;
    private const double RowGap = 56;
    private const double SmallestHeight = 22;
    private const double LargestHeight = 110;
    private const double SmallestWidth = 6;
    private const double LargestWidth = 44;
    private const double BoxGap = 8;
    private const double CharacterWidth = 6.6;
    private const double LabelHeight = 16;
    private const double SkipLength = 70;
    private const double ArrowLength = 30;
    private const double LabelBaseline = 5;

    private readonly IReadOnlyList<IReadOnlyList<UNetBox>> _blocks;
    private readonly Plan _plan;
    private readonly int _pools;
    private readonly int _widest;
    private readonly List<Shape3> _resolutions;
    private readonly SvgCanvas _svg = new();
    private readonly Box[][] _placed;
    private double _width;

    public UNetDrawing(IReadOnlyList<IReadOnlyList<UNetBox>> blocks, Plan plan)
    {
        if (blocks.Count != (2 * plan.PoolCount) + 1)
        {
            throw new ChartException(
                $"The network has {blocks.Count} blocks, but the plan of {plan.Dataset} has {plan.PoolCount} poolings and needs {(2 * plan.PoolCount) + 1} blocks; use the plan of this network.");
        }

        _blocks = blocks;
        _plan = plan;
        _pools = plan.PoolCount;
        _widest = blocks.Max(b => b.Max(c => c.Width));
        _resolutions = [plan.PatchSize];
        foreach (var pool in plan.PoolKernels)
        {
            var last = _resolutions[^1];
            _resolutions.Add(new Shape3(last.Z / pool.Z, last.Y / pool.Y, last.X / pool.X));
        }

        _placed = new Box[blocks.Count][];
    }

    private readonly record struct Box(double X, double Y, double Width, double Height)
    {
        public double CentreX => X + (Width / 2);

        public double CentreY => Y + (Height / 2);

        public double Bottom => Y + Height;

        public double Right => X + Width;
    }

    public HtmlFigure Draw(string title)
    {
        var height = Place();
        for (var b = 0; b < _blocks.Count; b++)
        {
            DrawBlock(b);
        }

        DrawInput();
        for (var level = 0; level < _pools; level++)
        {
            DrawDown(level);
            DrawSkip(level);
            DrawUp(level);
            DrawOutput(level);
        }

        for (var level = 0; level <= _pools; level++)
        {
            DrawResolution(level);
        }

        var label = $"{title} for {_plan.Dataset}: {_blocks.Count} blocks, {_blocks.Sum(b => b.Count)} convolutions";
        return new HtmlFigure(_svg.ToHtml(_width, height, label), Text(label));
    }

    private double Place()
    {
        // Wide enough that encoder and decoder do not touch at any level.
        _width = LeftMargin + RightMargin + Enumerable.Range(0, _pools + 1).Max(level => level == _pools
            ? (2 * level * Indent) + Span(_blocks[level])
            : (2 * level * Indent) + Span(_blocks[level]) + Span(_blocks[(2 * _pools) - level]) + SkipLength);
        var y = TopMargin;
        for (var level = 0; level <= _pools; level++)
        {
            var height = Height(level);
            var left = level == _pools
                ? LeftMargin + ((_width - LeftMargin - RightMargin - Span(_blocks[level])) / 2)
                : LeftMargin + (level * Indent);
            _placed[level] = PlaceBlock(_blocks[level], left, y, height);
            if (level < _pools)
            {
                var decoder = _blocks[(2 * _pools) - level];
                _placed[(2 * _pools) - level] = PlaceBlock(decoder, _width - RightMargin - (level * Indent) - Span(decoder), y, height);
            }

            y += height + RowGap;
        }

        return y - RowGap + BoxGap;
    }

    private Box[] PlaceBlock(IReadOnlyList<UNetBox> block, double left, double y, double height)
    {
        var boxes = new Box[block.Count];
        for (var i = 0; i < block.Count; i++)
        {
            var slot = Slot(block[i]);
            var width = BoxWidth(block[i].Width);
            boxes[i] = new Box(left + ((slot - width) / 2), y, width, height);
            left += slot + BoxGap;
        }

        return boxes;
    }

    private double Span(IReadOnlyList<UNetBox> block) => block.Sum(Slot) + ((block.Count - 1) * BoxGap);

    private double Slot(UNetBox box) => Math.Max(BoxWidth(box.Width), box.Label.Length * CharacterWidth);

    private double BoxWidth(int channels) => SmallestWidth + ((LargestWidth - SmallestWidth) * channels / _widest);

    private double Height(int level)
    {
        var share = Math.Cbrt((double)_resolutions[level].Count / _resolutions[0].Count);
        return SmallestHeight + ((LargestHeight - SmallestHeight) * share);
    }

    /// <summary>Encoder, bottleneck and decoder have a colour each.</summary>
    public static string ColorOf(int block, int pools) => block < pools ? Theme.Blue : block == pools ? Theme.Green : Theme.Orange;

    private void DrawBlock(int block)
    {
        var color = ColorOf(block, _pools);
        for (var i = 0; i < _blocks[block].Count; i++)
        {
            var (convolution, box) = (_blocks[block][i], _placed[block][i]);
            var about = $"{BlockNames.Of(block, _pools)}, convolution {i + 1}: {convolution.Label} channels";
            _svg.Box(box.X, box.Y, box.Width, box.Height, color, convolution.MayBeLeftOut, about);
            foreach (var option in convolution.Options.Where(o => o < convolution.Width))
            {
                var x = box.X + BoxWidth(option);
                _svg.Line([(x, box.Y), (x, box.Bottom)], dashed: false, opacity: 0.4);
            }

            _svg.Text(box.CentreX, box.Y - LabelBaseline, convolution.Label, "middle");
        }
    }

    private void DrawInput()
    {
        var first = _placed[0][0];
        _svg.Arrow([(first.X - ArrowLength - 3, first.CentreY), (first.X - 3, first.CentreY)]);
        _svg.Text(first.X - 6, first.CentreY - LabelBaseline - 3, Summaries.Count(_plan.Modalities.Count, "channel"), "end", faint: true);
    }

    private void DrawDown(int level)
    {
        var (from, to) = (_placed[level][^1], _placed[level + 1][0]);
        var end = to.CentreX - Aside(level);
        var middle = from.Bottom + ((RowGap - LabelHeight) / 2);
        _svg.Arrow([(from.CentreX, from.Bottom + 2), (from.CentreX, middle), (end, middle), (end, to.Y - LabelHeight)]);
        _svg.Text(end - LabelBaseline, to.Y - LabelHeight - 2, $"↓ {_plan.PoolKernels[level]}", "end", faint: true);
    }

    private void DrawUp(int level)
    {
        var (from, to) = (_placed[(2 * _pools) - level - 1][^1], _placed[(2 * _pools) - level][0]);
        var start = from.CentreX + Aside(level);
        var middle = to.Bottom + ((RowGap - LabelHeight) / 2);
        _svg.Arrow([(start, from.Y - LabelHeight), (start, middle), (to.CentreX, middle), (to.CentreX, to.Bottom + 2)]);
        _svg.Text(start + LabelBaseline, from.Y - LabelHeight - 2, $"↑ {_plan.PoolKernels[level]}", "start", faint: true);
    }

    // If the bottleneck is a single box, the arrows to it and from it are side by side.
    private double Aside(int level) => level == _pools - 1 && _blocks[_pools].Count == 1 ? LabelBaseline : 0;

    private void DrawSkip(int level)
    {
        var (from, to) = (_placed[level][^1], _placed[(2 * _pools) - level][0]);
        _svg.Arrow([(from.Right + 3, from.CentreY), (to.X - 3, to.CentreY)], dashed: true);
    }

    private void DrawOutput(int level)
    {
        var last = _placed[(2 * _pools) - level][^1];
        _svg.Arrow([(last.Right + 3, last.CentreY), (last.Right + ArrowLength, last.CentreY)]);
        var outputs = _plan.HasRegions ? Summaries.Count(_plan.OutputCount, "region") : $"{_plan.OutputCount} classes"; // a background and at least one other
        var text = level == 0 ? outputs : "aux. output";
        _svg.Text(last.Right + ArrowLength + LabelBaseline, last.CentreY + 4, text, "start", faint: level > 0);
    }

    private void DrawResolution(int level)
    {
        var box = _placed[level][0];
        _svg.Text(0, box.CentreY + 4, _resolutions[level].ToString(), "start");
        var kernel = _plan.ConvKernels[level];
        if (kernel != Shape3.Cube(3)) _svg.Text(0, box.CentreY + 4 + LabelHeight, $"kernel {kernel}", "start", faint: true);
    }

    private string Text(string label)
    {
        var text = new StringBuilder(label);
        for (var b = 0; b < _blocks.Count; b++)
        {
            text.AppendLine().Append("  ").Append(BlockNames.Of(b, _pools)).Append(", ")
                .Append(_resolutions[BlockNames.Level(b, _pools)]).Append(": ").AppendJoin(", ", _blocks[b].Select(c => c.Label));
        }

        return text.ToString();
    }
}
