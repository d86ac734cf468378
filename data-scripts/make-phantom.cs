#!/usr/bin/env dotnet
#:project ../src/AdwUNet.Data/AdwUNet.Data.csproj
#:property PublishAot=false

// Makes a dataset in the decathlon's form on a machine that has none: a hippocampus-like structure of two parts among
// look-alikes of the same intensity, with bias field, noise and contrast that vary from case to case.
// This is a command line over AdwUNet.Phantom.PhantomDataset, which a notebook calls directly.

using System.Diagnostics;
using System.Globalization;
using AdwUNet;
using AdwUNet.Imaging;
using AdwUNet.Phantom;
using AdwUNet.Planning;

const string Usage = """
    Makes a phantom dataset in the decathlon's form.

      dotnet run data-scripts/make-phantom.cs -- [DIR] [options]

    The dataset is DIR/NAME; DIR is `data` unless given. The same options give the same files; where that dataset
    is already, nothing is done, and a folder that holds anything else is left alone.

      --name NAME            the dataset's folder (Task00_Phantom)
      --cases N              cases with labels (20)
      --test-cases N         further cases without labels (0)
      --seed N               another dataset of the same kind (1)
      --size Z,Y,X           mean voxels of a case (36,50,35 divided by the spacing)
      --size-variation F     how far cases differ from that, as a fraction (0.12)
      --spacing Z,Y,X        millimetres between voxels; coarse axes are averaged, as thick slices are (1,1,1)
      --ct                   Hounsfield units with air and bone, little contrast of the target
      --modalities N         1 to 4 channels of different contrast (1)
      --parts N              1 to 4 foreground classes along the structure (2)
      --skull-stripped       exact zeros around the anatomy
      --noise F              noise relative to the usual (1)
      --help                 this text

    Exit codes: 0 made or already there, 1 could not be made, 2 wrong arguments, 130 interrupted.
    """;

const int Failed = 1;
const int WrongArguments = 2;
const int Interrupted = 130;

var options = new PhantomOptions();
string? folder = null;
try
{
    var sized = false;
    var queue = new Queue<string>(args);
    while (queue.TryDequeue(out var argument))
    {
        switch (argument)
        {
            case "--help" or "-h":
                Console.WriteLine(Usage);
                return 0;
            case "--name": options = options with { Name = Value(argument, queue) }; break;
            case "--cases": options = options with { Cases = Number<int>(argument, queue) }; break;
            case "--test-cases": options = options with { TestCases = Number<int>(argument, queue) }; break;
            case "--seed": options = options with { Seed = Number<ulong>(argument, queue) }; break;
            case "--size": (options, sized) = (options with { Size = Shape3.From(Numbers<int>(argument, queue)) }, true); break;
            case "--size-variation": options = options with { SizeVariation = Number<double>(argument, queue) }; break;
            case "--spacing": options = options with { Spacing = Spacing3.From(Numbers<double>(argument, queue)) }; break;
            case "--ct": options = options with { Intensities = PhantomIntensities.Ct }; break;
            case "--modalities": options = options with { Modalities = Number<int>(argument, queue) }; break;
            case "--parts": options = options with { Parts = Number<int>(argument, queue) }; break;
            case "--skull-stripped": options = options with { SkullStripped = true }; break;
            case "--noise": options = options with { Noise = Number<double>(argument, queue) }; break;
            case ['-', ..]: throw new FormatException($"There is no option {argument}.");
            default:
                folder = folder is null ? argument : throw new FormatException($"One folder is enough; {argument} is a second.");
                break;
        }
    }

    options = sized ? options : options.FillingTheUsualField();
    options.Validate();
}
catch (Exception exception) when (exception is FormatException or PhantomException)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine("Run with --help to see all options.");
    return WrongArguments;
}

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    cancellation.Cancel();
};

var target = Path.GetFullPath(Path.Combine(folder ?? "data", options.Name));
try
{
    var clock = Stopwatch.StartNew();
    var total = options.Cases + options.TestCases;
    var made = PhantomDataset.Create(target, options, new Counter(total), cancellation.Token);
    Console.WriteLine(made
        ? string.Create(CultureInfo.InvariantCulture, $"{target}: {total} cases in {clock.Elapsed.TotalSeconds:0.0} s")
        : $"{target} is already there");
    return 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted; nothing was left behind.");
    return Interrupted;
}
catch (Exception exception) when (exception is AdwUNetException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return Failed;
}

static string Value(string option, Queue<string> queue) =>
    queue.TryDequeue(out var value) ? value : throw new FormatException($"{option} needs a value.");

static T Number<T>(string option, Queue<string> queue)
    where T : IParsable<T> => Parse<T>(option, Value(option, queue));

static T[] Numbers<T>(string option, Queue<string> queue)
    where T : IParsable<T>
{
    var text = Value(option, queue);
    var values = text.Split(',').Select(part => Parse<T>(option, part)).ToArray();
    return values.Length == 3 ? values : throw new FormatException($"{option} needs three numbers Z,Y,X, not \"{text}\".");
}

static T Parse<T>(string option, string text)
    where T : IParsable<T> => T.TryParse(text, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new FormatException($"{option} needs a number, not \"{text}\".");

/// <summary>A line that counts up on a terminal; nothing where the output is a file.</summary>
internal sealed class Counter(int total) : IProgress<int>
{
    public void Report(int value)
    {
        if (!Console.IsOutputRedirected)
        {
            Console.Write(value < total ? $"\r{value} of {total} cases" : "\r\e[K");
        }
    }
}
