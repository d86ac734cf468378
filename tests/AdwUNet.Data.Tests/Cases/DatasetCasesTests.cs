using System.Text.Json;
using AdwUNet.Datasets;
using AdwUNet.Planning;

namespace AdwUNet.Data.Tests.Cases;

/// <summary>Datasets as people have them: <c>cases/datasets.json</c>.</summary>
public class DatasetCasesTests
{
    [Fact]
    public void Every_dataset_is_loaded_checked_and_planned_as_described() => CaseFiles.All(
        CaseFiles.Read("datasets").Where(entry => !entry.TryGetProperty("made_from", out _)), entry => entry.GetProperty("name").GetString()!, Check);

    private static void Check(JsonElement entry)
    {
        var folder = CaseFiles.PathOf("datasets", entry.GetProperty("name").GetString()!);
        if (entry.GetProperty("load").GetString() == "refused")
        {
            CaseFiles.AssertSays(Assert.Throws<DatasetException>(() => Dataset.Load(folder)).Message, entry.GetProperty("message"), folder);
            return;
        }

        var dataset = Dataset.Load(folder);
        Assert.Equal(Texts(entry.GetProperty("cases")), dataset.Cases.Select(c => c.Id));
        Assert.Equal(Texts(entry.GetProperty("modalities")), dataset.Modalities);
        Assert.Equal(Texts(entry.GetProperty("classes")), dataset.Classes);
        var report = dataset.Examine(cancellation: TestContext.Current.CancellationToken);
        CheckFaults(entry, report, folder);
        CheckNotes(entry, report, folder);
        if (report.Faults.Count == 0) CheckValues(entry, dataset);
    }

    private static void CheckFaults(JsonElement entry, DatasetReport report, string folder)
    {
        var expected = entry.GetProperty("faults").EnumerateArray().ToArray();
        string[] Owners(JsonElement fault) => entry.TryGetProperty("fault_case_any", out var any) ? Texts(any) : [fault.GetProperty("case").GetString()!];
        foreach (var fault in expected)
        {
            var found = report.Faults.Where(f => Owners(fault).Contains(f.CaseId)).ToArray();
            Assert.True(found.Length > 0, $"no fault of {string.Join(" or ", Owners(fault))}");
            CaseFiles.AssertSays(string.Join('\n', found.Select(f => f.ToString())), fault.GetProperty("message"), folder);
        }

        var named = expected.SelectMany(Owners).ToHashSet();
        var mayBe = entry.TryGetProperty("may_be_fault", out var may) && may.GetBoolean();
        if (!mayBe) Assert.DoesNotContain(report.Faults, fault => !named.Contains(fault.CaseId));
    }

    private static void CheckNotes(JsonElement entry, DatasetReport report, string folder)
    {
        var notes = entry.GetProperty("notes").EnumerateArray().ToArray();
        foreach (var note in notes.Where(note => !note.TryGetProperty("optional", out _)))
        {
            var warning = Assert.Single(report.Warnings, warning => warning.CaseIds.SequenceEqual(Texts(note.GetProperty("cases"))));
            CaseFiles.AssertSays(warning.ToString(), note.GetProperty("message"), folder);
        }

        if (notes.Length == 0) Assert.Empty(report.Warnings);
    }

    private static void CheckValues(JsonElement entry, Dataset dataset)
    {
        foreach (var @case in dataset.Cases)
        {
            if (entry.TryGetProperty("spacing_mm", out var spacings))
            {
                var spacing = @case.ReadHeader().Spacing;
                CaseFiles.AssertLengths(CaseFiles.Numbers(spacings.GetProperty(@case.Id)), [spacing.X, spacing.Y, spacing.Z]);
            }

            if (entry.TryGetProperty("voxels", out var voxels))
            {
                var labels = @case.ReadLabels().Data;
                Assert.Equal(
                    CaseFiles.Numbers(voxels.GetProperty(@case.Id)), Enumerable.Range(0, dataset.Classes.Count).Select(label => (double)labels.Count(l => l == label)));
            }
        }

        Plan Planned() => Planner.Plan(Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken));
        if (entry.TryGetProperty("planned_spacing_mm", out var planned))
            CaseFiles.AssertLengths(CaseFiles.Numbers(planned), Planned().Spacing.ToArray());
        if (entry.TryGetProperty("planned_refused", out var refused))
        {
            var error = Assert.Throws<PlanException>(Planned);
            CaseFiles.AssertSays(error.Message, refused, dataset.Folder);
            Assert.All(Texts(entry.GetProperty("planned_refused_not")), word => Assert.DoesNotContain(word, error.Message, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];
}
