using System.CommandLine;
using AdwUNet.Benchmarks;
using AdwUNet.Benchmarks.Growth;
using AdwUNet.Benchmarks.Preprocessing;
using AdwUNet.Benchmarks.Steps;

// Fresh processes that measure the memory of one case; everything else is for people.
switch (args)
{
    case [MemoryCase.Command, .. var rest]:
        MemoryCase.RunHere(rest);
        return 0;
    case [GrowthPoint.Command, .. var rest]:
        GrowthPoint.RunHere(rest);
        return 0;
    case [PreprocessingTimes.Command, var key]:
        PreprocessingTimes.RunHere(key);
        return 0;
    case [MicroBenchmarks.Command, .. var rest]:
        MicroBenchmarks.Run(rest);
        return 0;
}

var quick = new Option<bool>("--quick") { Description = "The table of targets in a few minutes, printed only; else more repetitions, how cost grows, and a file." };
var output = new Option<FileInfo?>("--output") { Description = "The file to write; tests/Benchmarks/RESULTS.md where --quick is not given." };
var only = new Option<Part[]>("--only") { Description = "Measures these parts alone.", AllowMultipleArgumentsPerToken = true };
var command = new RootCommand(
    "Measures the library against a plain transcription of the method, scikit-image and given figures. "
    + $"'{MicroBenchmarks.Command} [BenchmarkDotNet's options]' measures preprocessing and loading piece by piece.") { quick, output, only };
command.SetAction(parsed =>
{
    var run = new BenchmarkRun(parsed.GetValue(quick), parsed.GetValue(only) is { Length: > 0 } parts ? parts : Enum.GetValues<Part>());
    run.Measure();
    run.Write(parsed.GetValue(output)?.FullName);
});
return command.Parse(args).Invoke();
