using System.CommandLine;
using AdwUNet.Kernel.Running;

var command = new RootCommand("Runs C# notebooks.") { RunCommand.Create() };
return await command.Parse(args).InvokeAsync(RunCommand.Invocation).ConfigureAwait(false);
