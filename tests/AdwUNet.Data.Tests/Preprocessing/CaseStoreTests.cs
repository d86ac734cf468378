using System.Security.Cryptography;
using AdwUNet.Augmentation;
using AdwUNet.Imaging;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;

namespace AdwUNet.Data.Tests.Preprocessing;

public sealed class CaseStoreTests : IDisposable
{
    private const int Cases = 4;

    private readonly SmallDataset _data = new(Cases);
    private readonly Plan _plan = TestPlans.Small(new(1, 0.9, 1.2));

    [Fact]
    public void A_store_gives_back_what_processing_made()
    {
        Run(_plan);
        using var store = CaseStore.Open(_data.StoreFolder);

        Assert.Equal(["case_00", "case_01", "case_02", "case_03"], store.Cases.Select(c => c.Id));
        Assert.True(_plan.HasSamePreprocessing(store.Plan));
        var expected = Preprocessor.Process(SmallDataset.Image(2), SmallDataset.Labels(2), _plan);
        var stored = store["case_02"];
        Assert.Equal(expected.Image.Shape, stored.Shape);
        Assert.Equal(expected.Image.Data, stored.Image.ToArray());
        Assert.Equal(expected.Labels.Data, stored.Labels.ToArray());
        Assert.Equal(expected.Geometry.Box, stored.Geometry.Box);
        Assert.Equal([1, 2], stored.ForegroundVoxels.Keys.Order());
        foreach (var (c, voxels) in stored.ForegroundVoxels)
        {
            Assert.All(voxels, i => Assert.Equal(c, expected.Labels.Data[i]));
            Assert.Equal(expected.Labels.Data.Count(label => label == c), voxels.Distinct().Count());
        }
    }

    [Fact]
    public void A_class_that_a_case_lacks_is_not_listed()
    {
        Run(_plan);
        using var store = CaseStore.Open(_data.StoreFolder);
        Assert.Equal([1], store["case_00"].ForegroundVoxels.Keys);
    }

    [Fact]
    public void A_run_that_was_stopped_is_recognised_and_continued()
    {
        using var stop = new CancellationTokenSource();
        var options = new PreprocessingOptions { MaxParallelism = 1 };
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Preprocessor.Run(_data.Load(), _plan, _data.StoreFolder, options, new Told(_ => stop.Cancel()), stop.Token));

        var error = Assert.Throws<PreprocessingException>(() => CaseStore.Open(_data.StoreFolder));
        Assert.Contains("was not finished (1 cases", error.Message, StringComparison.Ordinal);

        var reused = new List<bool>();
        Run(_plan, options, new Told(p => reused.Add(p.Reused)));
        Assert.Equal(Cases, reused.Count);
        Assert.Single(reused, true);
        using var store = CaseStore.Open(_data.StoreFolder);
        Assert.Equal(Cases, store.Cases.Count);
    }

    [Fact]
    public void A_damaged_case_is_refused_and_made_again()
    {
        Run(_plan);
        var path = Path.Combine(_data.StoreFolder, "case_01.case");
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 7);
        }

        var error = Assert.Throws<PreprocessingException>(() => CaseStore.Open(_data.StoreFolder));
        Assert.Contains("case_01.case", error.Message, StringComparison.Ordinal);
        Run(_plan);
        CaseStore.Open(_data.StoreFolder).Dispose();
    }

    [Fact]
    public void A_case_whose_file_changed_is_made_again()
    {
        Run(_plan);
        _data.WriteCase("case_03", SmallDataset.Image(77), SmallDataset.Labels(77));
        var made = new List<string>();
        var options = new PreprocessingOptions { MaxParallelism = 1 };
        Run(_plan, options, new Told(p => made.AddRange(p.Reused ? [] : [p.CaseId])));
        Assert.Equal(["case_03"], made);
    }

    [Fact]
    [Promise("A label file that changed after preprocessing is detected by its content, whatever its date: its case is named and preprocessed again, the others are kept")]
    public void A_file_of_other_content_and_the_same_date_and_length_is_a_change()
    {
        Run(_plan);
        var dataset = _data.Load();
        var path = dataset.Cases[1].LabelPath;
        string before;
        using (var store = CaseStore.Open(_data.StoreFolder))
        {
            Assert.Empty(store.ChangesSince(dataset, TestContext.Current.CancellationToken));
            store.RequireUnchanged(dataset, TestContext.Current.CancellationToken);
            before = store.Cases[1].ContentHash;
        }

        // As cp -p of a corrected label does.
        var date = File.GetLastWriteTimeUtc(path);
        var labels = SmallDataset.Labels(1);
        labels.Data[labels.Shape.Offset(3, 4, 5)] = 0;
        Nifti.WriteLabels(path, labels);
        File.SetLastWriteTimeUtc(path, date);
        using (var store = CaseStore.Open(_data.StoreFolder))
        {
            Assert.Equal(new CaseChange("case_01", "has another content in labels/case_01.nii.gz"), Assert.Single(store.ChangesSince(dataset, TestContext.Current.CancellationToken)));
            var error = Assert.Throws<PreprocessingException>(() => store.RequireUnchanged(dataset, TestContext.Current.CancellationToken));
            Assert.Contains("case_01 has another content in labels/case_01.nii.gz", error.Message, StringComparison.Ordinal);
            Assert.Contains("preprocess the dataset again", error.Message, StringComparison.Ordinal);
        }

        var made = new List<string>();
        Run(_plan, new PreprocessingOptions { MaxParallelism = 1 }, new Told(p => made.AddRange(p.Reused ? [] : [p.CaseId])));
        Assert.Equal(["case_01"], made);
        using (var store = CaseStore.Open(_data.StoreFolder))
        {
            Assert.Empty(store.ChangesSince(dataset, TestContext.Current.CancellationToken));
            Assert.NotEqual(before, store.Cases[1].ContentHash);
            Assert.Equal(Cases, store.Cases.Select(c => c.ContentHash).Distinct().Count());
        }

        PromiseTable.Kept("1 of 4 labels replaced with the date of the old one");
    }

    [Fact]
    public void A_copy_with_another_date_is_no_change()
    {
        Run(_plan);
        foreach (var entry in _data.Load().Cases) File.SetLastWriteTimeUtc(entry.ImagePath, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Run(_plan, new PreprocessingOptions { MaxParallelism = 1 }, new Told(p => Assert.True(p.Reused)));
    }

    [Fact]
    public void Cases_that_only_the_store_or_only_the_dataset_has_are_changes()
    {
        Run(_plan);
        using var store = CaseStore.Open(_data.StoreFolder);
        using var other = new SmallDataset(Cases + 1);
        var changes = store.ChangesSince(other.Load(), TestContext.Current.CancellationToken);
        Assert.Equal(new CaseChange($"case_{Cases:00}", "was not preprocessed"), Assert.Single(changes));
        using var fewer = new SmallDataset(Cases - 1);
        changes = store.ChangesSince(fewer.Load(), TestContext.Current.CancellationToken);
        Assert.Equal(new CaseChange($"case_{Cases - 1:00}", "is no longer in the dataset"), Assert.Single(changes));
    }

    [Fact]
    public void Another_plans_store_is_refused_unless_it_may_be_replaced()
    {
        Run(_plan);
        var other = _plan with { Spacing = new(1, 1, 1) };
        var error = Assert.Throws<PreprocessingException>(() => Run(other));
        Assert.Contains("another plan", error.Message, StringComparison.Ordinal);

        Run(other, new PreprocessingOptions { Replace = true });
        using var store = CaseStore.Open(_data.StoreFolder);
        Assert.Equal(other.Spacing, store.Plan.Spacing);
        Assert.Equal(new Shape3(14, 18, 15), store.Cases[0].Shape);
    }

    [Fact]
    public void A_plan_that_differs_in_patch_and_batch_only_keeps_the_cases()
    {
        Run(_plan);
        var other = _plan with { PatchSize = new(8, 8, 8), BatchSize = 1 };
        var options = new PreprocessingOptions { MaxParallelism = 1 };
        Run(other, options, new Told(p => Assert.True(p.Reused)));
        using var store = CaseStore.Open(_data.StoreFolder);
        Assert.Equal(1, store.Plan.BatchSize);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Run(_plan, new PreprocessingOptions { MaxParallelism = 1 });
        var one = Contents();
        Directory.Delete(_data.StoreFolder, recursive: true);
        Run(_plan, new PreprocessingOptions { MaxParallelism = 4 });
        Assert.Equal(one, Contents());

        SortedDictionary<string, string> Contents() => new(Directory.GetFiles(_data.StoreFolder)
            .ToDictionary(path => Path.GetFileName(path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))));
    }

    [Fact]
    public void Several_threads_read_the_same()
    {
        Run(_plan);
        using var store = CaseStore.Open(_data.StoreFolder);
        var expected = store.Cases.Select(c => Sum(c)).ToArray();
        var sums = Enumerable.Range(0, 200).AsParallel().WithDegreeOfParallelism(4)
            .Select(i => (Expected: expected[i % Cases], Found: Sum(store.Cases[i % Cases]))).ToArray();
        Assert.All(sums, pair => Assert.Equal(pair.Expected, pair.Found));

        static double Sum(IPreprocessedCase stored)
        {
            var sum = 0.0;
            foreach (var value in stored.Image)
            {
                sum += value;
            }

            foreach (var label in stored.Labels)
            {
                sum += label;
            }

            return sum;
        }
    }

    [Fact]
    public void A_case_that_cannot_be_processed_is_named()
    {
        _data.WriteCase("case_02", new Volume(new float[SmallDataset.Shape.Count], 1, SmallDataset.Shape, SmallDataset.Spacing), SmallDataset.Labels(2));
        var error = Assert.Throws<PreprocessingException>(() => Run(_plan));
        Assert.Contains("case_02", error.Message, StringComparison.Ordinal);
        Assert.Throws<PreprocessingException>(() => CaseStore.Open(_data.StoreFolder));
    }

    [Fact]
    public void An_unknown_case_and_a_folder_without_a_store_are_refused()
    {
        Assert.Throws<PreprocessingException>(() => CaseStore.Open(_data.StoreFolder));
        Run(_plan);
        var store = CaseStore.Open(_data.StoreFolder);
        var error = Assert.Throws<PreprocessingException>(() => store["case_99"]);
        Assert.Contains("case_99", error.Message, StringComparison.Ordinal);
        var first = store.Cases[0];
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Image.Length);
    }

    [Fact]
    public void The_fingerprint_holds_shapes_and_every_tenth_foreground_voxel()
    {
        var fingerprint = Fingerprint.Compute(_data.Load(), progress: null, TestContext.Current.CancellationToken);
        Assert.Equal(Cases, fingerprint.Cases.Count);
        Assert.All(fingerprint.Cases, c => Assert.Equal((SmallDataset.Shape, new Shape3(14, 18, 15)), (c.OriginalShape, c.Shape)));
        var expected = Enumerable.Range(0, Cases).SelectMany(seed =>
            SmallDataset.Image(seed).Data.Where((_, i) => SmallDataset.Labels(seed).Data[i] > 0).Where((_, i) => i % 10 == 0)).ToArray();
        Assert.Equal(expected.Average(v => (double)v), fingerprint.Intensities[0].Mean, 1e-9);
        Assert.Equal(expected.Max(), fingerprint.Intensities[0].Max);

        var path = Path.Combine(_data.StoreFolder, "fingerprint.json");
        fingerprint.Save(path);
        Assert.Equal(fingerprint.Intensities, Fingerprint.Load(path).Intensities);
        Assert.Equal(fingerprint.Cases, Fingerprint.Load(path).Cases);
        Planner.Plan(fingerprint).Validate();
    }

    public void Dispose() => _data.Dispose();

    private void Run(Plan with, PreprocessingOptions? options = null, IProgress<PreprocessingProgress>? progress = null) => Preprocessor.Run(
        _data.Load(), with, _data.StoreFolder, options ?? new PreprocessingOptions(), progress, TestContext.Current.CancellationToken);

    private sealed class Told(Action<PreprocessingProgress> tell) : IProgress<PreprocessingProgress>
    {
        public void Report(PreprocessingProgress value) => tell(value);
    }
}
