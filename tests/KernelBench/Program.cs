using System.CommandLine;
using System.Diagnostics;
using AdwUNet.KernelBench;
using AdwUNet.Tests.Jupyter;

// Measures kernels from outside, as a front end sees them, and prints the figures: ours and .NET Interactive in turn, then many small cells in ours.
var spec = new Option<string?>("--spec") { Description = "The folder of another kernel's kernel.json, instead of ours." };
var python = new Option<bool>("--python") { Description = "The kernel's language is Python." };
var starts = new Option<int>("--starts") { Description = "How many starts are measured.", DefaultValueFactory = _ => 5 };
var cells = new Option<int>("--cells") { Description = "How many small cells run in one session; 0 for none.", DefaultValueFactory = _ => 10_000 };
var write = new Option<bool>("--write") { Description = "Writes the table of both engines into the kernel's README." };
var command = new RootCommand("Start, memory, small cells and interrupts of Jupyter kernels.") { spec, python, starts, cells, write };
command.SetAction(given =>
{
    using var ours = given.GetValue(spec) is null ? new InstalledKernel() : null;
    var kernel = ours?.Spec ?? KernelSpec.Load(given.GetValue(spec)!);
    Console.WriteLine($"{string.Join(' ', kernel.Arguments)}, {Environment.ProcessorCount} processors");
    if (ours is null)
        Starts.Measure(kernel, given.GetValue(starts));
    else
        Comparison.Measure(kernel, given.GetValue(starts), given.GetValue(write));
    if (given.GetValue(cells) > 0)
        SmallCells.Measure(kernel, given.GetValue(python) ? Language.Python : Language.CSharp, given.GetValue(cells));
});
return command.Parse(args).Invoke();
