using System.Runtime.InteropServices;

namespace AdwUNet.Imaging;

/// <summary>The connected components of some labels together. They are runs of voxels along x, so that a large scan takes little memory.</summary>
internal sealed class ConnectedComponents
{
    private readonly LabelMap _map;
    private readonly List<Run> _runs = [];
    private readonly List<int> _parents = [];

    /// <summary>Finds the components.</summary>
    /// <param name="map">The label map.</param>
    /// <param name="labels">The labels that count as one.</param>
    /// <param name="diagonal">Whether voxels are connected through edges and corners too (26 neighbours), not through faces alone (6).</param>
    public ConnectedComponents(LabelMap map, IReadOnlyCollection<int> labels, bool diagonal)
    {
        _map = map;
        var rows = map.Shape.Z * map.Shape.Y;
        var first = new int[rows + 1]; // the first run of each row
        for (var row = 0; row < rows; row++)
        {
            first[row] = _runs.Count;
            AddRuns(row, labels);
        }

        first[rows] = _runs.Count;
        var reach = diagonal ? 1 : 0;
        for (var row = 0; row < rows; row++)
        {
            var y = row % map.Shape.Y;
            if (y > 0) Join(first, row, row - 1, reach);
            for (var step = -reach; step <= reach; step++)
            {
                if (row >= map.Shape.Y && y + step >= 0 && y + step < map.Shape.Y) Join(first, row, row - map.Shape.Y + step, reach);
            }
        }
    }

    /// <summary>The voxels of each component, in the order of their first voxels.</summary>
    public IReadOnlyList<long> Sizes => [.. SizesByRoot().Values];

    /// <summary>Sets the voxels of all components but the largest to background, in place.</summary>
    /// <param name="keepTies">Whether all components of the largest size stay; else the first of them.</param>
    public void RemoveAllButLargest(bool keepTies)
    {
        var sizes = SizesByRoot();
        if (sizes.Count < 2) return;
        var most = sizes.Values.Max();
        var first = sizes.First(pair => pair.Value == most).Key;
        for (var run = 0; run < _runs.Count; run++)
        {
            var root = Root(run);
            if (keepTies ? sizes[root] < most : root != first) Voxels(_runs[run]).Clear();
        }
    }

    private OrderedDictionary<int, long> SizesByRoot()
    {
        var sizes = new OrderedDictionary<int, long>();
        for (var run = 0; run < _runs.Count; run++)
            sizes[Root(run)] = sizes.GetValueOrDefault(Root(run)) + _runs[run].End - _runs[run].Start;
        return sizes;
    }

    private Span<short> Voxels(Run run) => _map.Data.AsSpan((run.Row * _map.Shape.X) + run.Start, run.End - run.Start);

    private void AddRuns(int row, IReadOnlyCollection<int> labels)
    {
        var voxels = Voxels(new(row, 0, _map.Shape.X));
        var start = -1;
        for (var x = 0; x <= voxels.Length; x++)
        {
            var inside = x < voxels.Length && labels.Contains(voxels[x]);
            if (inside && start < 0) start = x;
            if (inside || start < 0) continue;
            _parents.Add(_runs.Count);
            _runs.Add(new(row, start, x));
            start = -1;
        }
    }

    /// <summary>Joins the runs of two neighbouring rows that touch.</summary>
    private void Join(int[] first, int row, int other, int reach)
    {
        var (i, j) = (first[row], first[other]);
        while (i < first[row + 1] && j < first[other + 1])
        {
            var (a, b) = (_runs[i], _runs[j]);
            if (a.Start < b.End + reach && b.Start < a.End + reach)
            {
                // The earlier run is the root, so that roots have the order of the components' first voxels.
                var (one, two) = (Root(i), Root(j));
                _parents[Math.Max(one, two)] = Math.Min(one, two);
            }

            if (a.End <= b.End)
                i++;
            else
                j++;
        }
    }

    private int Root(int run)
    {
        var parents = CollectionsMarshal.AsSpan(_parents);
        while (parents[run] != run)
            run = parents[run] = parents[parents[run]];
        return run;
    }

    /// <summary>Voxels of one row; the end is exclusive.</summary>
    private readonly record struct Run(int Row, int Start, int End);
}
