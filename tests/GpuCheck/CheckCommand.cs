using System.CommandLine;
using System.Diagnostics;
using TorchSharp;

namespace AdwUNet.GpuCheck;

/// <summary>The command line of <c>environment/check-gpu.cs</c>.</summary>
public static class CheckCommand
{
    private const int Wrong = 1;
    private const double DefaultMinutes = 8;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">See <c>--help</c>.</param>
    /// <returns>0 if nothing was found wrong, 1 if something was, 2 for wrong arguments.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments is [StepCase.Command, var json])
        {
            return StepCase.RunHere(json);
        }

        var device = new Option<string>("--device") { Description = "auto, cpu, cuda or cuda:N.", DefaultValueFactory = _ => "auto" };
        var output = new Option<FileInfo>("--output") { Description = "The report.", DefaultValueFactory = _ => new("GPU.md") };
        var minutes = new Option<double>("--minutes") { Description = "No measurement starts after this time.", DefaultValueFactory = _ => DefaultMinutes };
        var parts = new Option<int[]>("--parts") { Description = "Some of the parts 1 to 4 only: 1 loads and names, 2 golden values, 3 miniature runs, 4 step times.", AllowMultipleArgumentsPerToken = true };
        var miniature = new Option<bool>("--miniature") { Description = "Small networks in part 4, as on a CPU." };
        var python = new Option<string>("--python") { Description = "The Python of a PyTorch to compare with.", DefaultValueFactory = _ => PyTorchSteps.Python };
        var command = new RootCommand("Checks the CUDA path on this machine and writes a report after every part; a stop at any time leaves one.") { device, output, minutes, parts, miniature, python };
        command.SetAction(parsed =>
        {
            PyTorchSteps.Python = parsed.GetValue(python)!;
            var chosen = parsed.GetValue(parts) is { Length: > 0 } some ? some : [1, 2, 3, 4];
            return Check(parsed.GetValue(device)!, parsed.GetValue(output)!.FullName, parsed.GetValue(minutes), chosen, parsed.GetValue(miniature));
        });
        var parsed = command.Parse(arguments);
        return parsed.Errors.Count > 0 ? Math.Max(parsed.Invoke(), 2) : parsed.Invoke();
    }

    private static int Check(string name, string output, double minutes, int[] parts, bool miniature)
    {
        var clock = Stopwatch.StartNew();
        torch.Device device;
        try
        {
            device = Devices.Parse(name);
        }
        catch (Exception error) when (error is AdwUNetException or TypeInitializationException { InnerException: AdwUNetException })
        {
            Console.Error.WriteLine((error.InnerException as AdwUNetException ?? error).Message); // TorchSharp wraps what its first use finds
            return Wrong;
        }

        var isOnCard = device.type == DeviceType.CUDA;
        var report = new CheckReport(output, isOnCard);
        (int Number, string Title, Action Run)[] all =
        [
            (1, "Device and libraries", () => DevicePart.Run(report, device)),
            (2, "Golden values", () => GoldenPart.Run(report, device)),
            (3, "Search and training resumed from a CPU's checkpoint", () => MiniaturePart.Run(report, device)),
            (4, "Step times", () => StepPart.Run(report, device, miniature || !isOnCard, () => clock.Elapsed.TotalMinutes > minutes)),
        ];
        foreach (var (number, title, run) in all.Where(part => parts.Contains(part.Number)))
        {
            Console.WriteLine($"{number}. {title}");
            try
            {
                run();
            }
            catch (Exception error)
            {
                report.Fault($"Part {number} ended with {error.GetType().Name}: {error.Message}");
            }
        }

        Console.WriteLine($"{output}: {(report.Faults.Count == 0 ? "nothing wrong" : $"{report.Faults.Count} wrong")}, {clock.Elapsed.TotalSeconds:0} s");
        return report.Faults.Count == 0 ? 0 : Wrong;
    }
}
