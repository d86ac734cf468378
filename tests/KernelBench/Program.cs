using System.CommandLine;
using System.Diagnostics;
using AdwUNet.KernelBench;
using AdwUNet.Tests.Jupyter;

// Measures the kernel from outside, as a front end sees it, and prints the figures.
var spec = new Option<string?>("--spec") { Description = "The folder of another kernel's kernel.json, instead of ours." };
var python = new Option<bool>("--python") { Description = "The kernel's language is Python." };
var starts = new Option<int>("--starts") { Description = "How many starts are measured.", DefaultValueFactory = _ => 5 };
var cells = new Option<int>("--cells") { Description = "How many small cells run in one session.", DefaultValueFactory = _ => 10_000 };
var command = new RootCommand("Start, memory and small cells of a Jupyter kernel.") { spec, python, starts, cells };
command.SetAction(given =>
{
    using var ours = given.GetValue(spec) is null ? new InstalledKernel() : null;
    var kernel = ours?.Spec ?? KernelSpec.Load(given.GetValue(spec)!);
    Console.WriteLine($"{string.Join(' ', kernel.Arguments)}, {Environment.ProcessorCount} processors");
    Starts.Measure(kernel, given.GetValue(starts));
    SmallCells.Measure(kernel, given.GetValue(python) ? Language.Python : Language.CSharp, given.GetValue(cells));
});
return command.Parse(args).Invoke();
