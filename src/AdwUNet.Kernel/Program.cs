using System.CommandLine;
using AdwUNet.Kernel.Installing;
using AdwUNet.Kernel.Running;

if (CellHost.TryRun(args))
    Environment.Exit(0);
var command = new RootCommand("Runs C# notebooks.") { RunCommand.Create(), KernelCommand.Create() };
var code = await command.Parse(args).InvokeAsync(RunCommand.Invocation(args)).ConfigureAwait(false);
// Threads that a notebook left running do not keep the command from ending.
Environment.Exit(code);
