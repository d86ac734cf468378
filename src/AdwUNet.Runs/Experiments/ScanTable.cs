using AdwUNet.Evaluation;

namespace AdwUNet.Experiments;

/// <summary>The results of scans by columns: thousands of files of them are read at once. Each list has an entry per scan with a value per class.</summary>
/// <param name="Cases">The scans.</param>
/// <param name="Classes">The classes or regions.</param>
/// <param name="Dice">Dice; null where a class is in neither map.</param>
/// <param name="HausdorffDistance95">95 % Hausdorff distances in mm; null where a class is not in both maps.</param>
/// <param name="ReferenceVoxels">Voxels in the reference.</param>
/// <param name="PredictionVoxels">Voxels in the segmentation.</param>
internal sealed record ScanTable(
    string[] Cases, string[] Classes, double?[][] Dice, double?[][] HausdorffDistance95, long[][] ReferenceVoxels, long[][] PredictionVoxels)
{
    public static ScanTable Of(IReadOnlyList<CaseResult> cases)
    {
        T[][] Column<T>(Func<ClassResult, T> of) => [.. cases.Select(scan => scan.Classes.Select(of).ToArray())];
        return new(
            [.. cases.Select(scan => scan.Case)],
            [.. cases[0].Classes.Select(label => label.Class)],
            Column(label => label.Dice),
            Column(label => label.HausdorffDistance95),
            Column(label => label.ReferenceVoxels),
            Column(label => label.PredictionVoxels));
    }

    /// <summary>Whether every list has all scans and classes.</summary>
    public bool IsWhole()
    {
        bool Fits<T>(T[][] column) => column.Length == Cases.Length && Array.TrueForAll(column, row => row?.Length == Classes.Length);
        return Cases.Length > 0 && Fits(Dice) && Fits(HausdorffDistance95) && Fits(ReferenceVoxels) && Fits(PredictionVoxels);
    }

    public static ClassPresence PresenceOf(long reference, long prediction) => (reference > 0, prediction > 0) switch
    {
        (true, true) => ClassPresence.Both,
        (true, false) => ClassPresence.Missed,
        (false, true) => ClassPresence.FalselyFound,
        _ => ClassPresence.Neither,
    };

    public EvaluationReport ToReport() => new([.. Cases.Select((scan, row) => new CaseResult
    {
        Case = scan,
        Classes = [.. Classes.Select((label, column) => new ClassResult
        {
            Class = label,
            Presence = PresenceOf(ReferenceVoxels[row][column], PredictionVoxels[row][column]),
            Dice = Dice[row][column],
            HausdorffDistance95 = HausdorffDistance95[row][column],
            ReferenceVoxels = ReferenceVoxels[row][column],
            PredictionVoxels = PredictionVoxels[row][column],
        })],
    })]);
}
