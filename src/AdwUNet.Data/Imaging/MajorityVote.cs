namespace AdwUNet.Imaging;

/// <summary>One label map from several, such as those of five folds' networks: each voxel has the label that most maps give it.</summary>
public static class MajorityVote
{
    /// <summary>Lets label maps vote. Of labels with equally many votes, the lowest wins, background first.</summary>
    /// <param name="maps">At least one; all of one shape, with labels of at least 0.</param>
    /// <returns>A new label map.</returns>
    /// <exception cref="ArgumentException">There is no map, or the shapes differ.</exception>
    public static LabelMap Of(IReadOnlyList<LabelMap> maps)
    {
        if (maps.Count == 0 || maps.Any(map => map.Shape != maps[0].Shape))
        {
            throw new ArgumentException(
                $"Label maps of the shapes {string.Join(", ", maps.Select(map => map.Shape))} cannot vote; give at least one, all of one shape.", nameof(maps));
        }

        var voted = new short[maps[0].Data.Length];
        Span<int> votes = new int[maps.Max(map => map.Data.Max()) + 1];
        for (var voxel = 0; voxel < voted.Length; voxel++)
        {
            votes.Clear();
            short winner = 0;
            foreach (var map in maps)
            {
                var label = map.Data[voxel];
                var count = ++votes[label];
                if (count > votes[winner] || (count == votes[winner] && label < winner))
                    winner = label;
            }

            voted[voxel] = winner;
        }

        return new LabelMap(voted, maps[0].Shape, maps[0].Spacing);
    }
}
