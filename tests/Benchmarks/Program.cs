using System.CommandLine;
using AdwUNet;
using AdwUNet.Benchmarks;
using AdwUNet.Benchmarks.Growth;
using AdwUNet.Benchmarks.Layers;
using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Mixed;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Benchmarks.Scans;
using AdwUNet.Benchmarks.Searches;
using AdwUNet.Benchmarks.Small;
using AdwUNet.Benchmarks.Steps;

// Fresh processes that measure the memory of one case; everything else is for people.
switch (args)
{
    case [MemoryCase.Command, .. var rest]:
        MemoryCase.RunHere(rest);
        return 0;
    case [MixedMemory.Command, .. var rest]:
        MixedMemory.RunHere(rest);
        return 0;
    case [GrowthPoint.Command, .. var rest]:
        GrowthPoint.RunHere(rest);
        return 0;
    case [PreprocessingTimes.Command, var key]:
        PreprocessingTimes.RunHere(key);
        return 0;
    case [FullScan.Command, var folder]:
        FullScan.RunHere(folder);
        return 0;
    case [SmallTimes.Command, var name, var kind, var seconds, .. var who]:
        SmallTimes.RepeatHere(
            name,
            Enum.Parse<SmallKind>(kind, ignoreCase: true),
            double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture),
            Enum.Parse<SmallContestant>(who.FirstOrDefault() ?? nameof(SmallContestant.Library), ignoreCase: true));
        return 0;
    case [SecondsError.Command, .. var cache]:
        SecondsError.Run(cache.FirstOrDefault() ?? Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        return 0;
    case [MicroBenchmarks.Command, .. var rest]:
        MicroBenchmarks.Run(rest);
        return 0;
}

var quick = new Option<bool>("--quick") { Description = "The table of targets in a few minutes, printed only; else more repetitions, how cost grows, and a file." };
var output = new Option<FileInfo?>("--output") { Description = "The file to write; tests/Benchmarks/RESULTS.md where --quick is not given." };
var only = new Option<Part[]>("--only") { Description = "Measures these parts alone.", AllowMultipleArgumentsPerToken = true };
var avx2 = new Option<bool>("--avx2") { Description = "Measures in a process that uses no more than AVX2, for itself and in libtorch." };
var searches = new Option<bool>("--searches") { Description = "In the place of all else: searches of the profile laptop in both orders and precisions, and what came of them. Stopped, it goes on where it was." };
var mixed = new Option<bool>("--mixed") { Description = "In the place of all else: memory, operations, searches and gradients of the engine for GPUs, on this CPU." };
var mixedParts = new Option<MixedPart[]>("--parts") { Description = "For --mixed: these parts of the report alone; the others stay as they are.", AllowMultipleArgumentsPerToken = true };
var data = new Option<DirectoryInfo?>("--data") { Description = "For --searches and --mixed: the folder of a decathlon dataset; data/Task04_Hippocampus by default." };
var root = new Option<DirectoryInfo>("--root") { Description = "For --searches and --mixed: the folder whose 'runs' holds what it makes.", DefaultValueFactory = _ => new(".") };
var epochs = new Option<int?>("--epochs") { Description = "For --searches: fewer epochs than the profile's." };
var command = new RootCommand(
    "Measures the library against a plain transcription of the method, plain libtorch, PyTorch and scikit-image. "
    + $"'{MicroBenchmarks.Command} [BenchmarkDotNet's options]' measures preprocessing and loading piece by piece; '{SecondsError.Command} [file]' compares whole networks with the table of MeasuredSeconds.") { quick, output, only, avx2, searches, mixed, mixedParts, data, root, epochs };
command.SetAction(parsed =>
{
    if (parsed.GetValue(searches) || parsed.GetValue(mixed))
    {
        return RunSearches(parsed);
    }

    if (parsed.GetValue(avx2) && !Avx2Process.IsThis)
    {
        return Avx2Process.Run(args);
    }

    var run = new BenchmarkRun(parsed.GetValue(quick), parsed.GetValue(only) is { Length: > 0 } parts ? parts : Enum.GetValues<Part>());
    run.Measure();
    run.Write(parsed.GetValue(output)?.FullName);
    return 0;
});
return command.Parse(args).Invoke();

int RunSearches(ParseResult parsed)
{
    var parts = parsed.GetValue(mixedParts) is { Length: > 0 } some ? some : Enum.GetValues<MixedPart>();
    var folder = parsed.GetValue(data) ?? new(Path.Combine("data", "Task04_Hippocampus"));
    if (!folder.Exists && (parsed.GetValue(searches) || MixedReport.NeedsData(parts)))
    {
        Console.Error.WriteLine($"There is no {folder.FullName}: give --data with the folder of a dataset, such as data/Task04_Hippocampus.");
        return 1;
    }

    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, e) =>
    {
        e.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    };
    try
    {
        if (parsed.GetValue(mixed))
        {
            new MixedReport(folder, parsed.GetValue(root)!, parsed.GetValue(output)?.FullName ?? Path.Combine("tests", "Benchmarks", "MIXED.md"))
                .Run(parts);
            return 0;
        }

        new SearchComparison(folder, parsed.GetValue(root)!, parsed.GetValue(epochs)).Run(
            parsed.GetValue(output)?.FullName ?? Path.Combine("tests", "Benchmarks", "SEARCHES.md"), stop.Token);
        return 0;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("Stopped; the same command goes on.");
        return 130;
    }
    catch (AdwUNetException e)
    {
        Console.Error.WriteLine(e.Message);
        return 1;
    }
}
