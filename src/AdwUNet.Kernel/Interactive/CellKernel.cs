using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;

namespace AdwUNet.Kernel.Interactive;

/// <summary>
/// A session in the form that extensions and cells of .NET Interactive know: the kernel <c>csharp</c> below a root kernel. Code that is
/// submitted to it runs as part of the running cell.
/// </summary>
internal sealed class CellKernel : Microsoft.DotNet.Interactive.Kernel, IKernelCommandHandler<SubmitCode>
{
    /// <summary>What stands before the line in the text of a directive's command, which has the line nowhere else for others to read.</summary>
    private const string DirectivePrefix = "Directive: ";

    private readonly Func<string, Task> _run;

    /// <param name="run">Runs code as part of the running cell.</param>
    public CellKernel(Func<string, Task> run)
        : base("csharp")
    {
        _run = run;
        KernelInfo.LanguageName = "C#";
        var root = new CompositeKernel { this };
        root.RegisterCommandHandler<RequestInput>(AskAsync);
        // The compiler obeys `#load`, and `#!csharp` is the root kernel's.
        foreach (var directive in Directive.All.Where(directive => directive.Name is not ("#load" or "#!csharp")))
            AddDirective(directive.Name);
        // What the package adds behind lines of packages: they are restored here where they stand.
        AddDirective(new KernelActionDirective("#!nuget-restore") { Hidden = true }, (_, _) => Task.CompletedTask);
    }

    /// <inheritdoc/>
    public Task HandleAsync(SubmitCode command, KernelInvocationContext context) => _run(command.Code);

    private static Task AskAsync(RequestInput command, KernelInvocationContext context)
    {
        if (RunningCell.Required is not { TakesInput: true } cell)
            throw new UnansweredException("The cell asks for input, but nobody can be asked here: set the value in the code.");
        try
        {
            context.Publish(new InputProduced(cell.ReadLine(command.Prompt, command.IsPassword), command));
            return Task.CompletedTask;
        }
        catch (Exception exception) when (exception is NotebookException or OperationCanceledException)
        {
            throw new UnansweredException(exception.Message);
        }
    }

    /// <summary>Lets a line of the engine in submitted code be run as in any cell.</summary>
    private void AddDirective(string name) => AddDirective(
        new KernelActionDirective(name) { Parameters = { new KernelDirectiveParameter("") { AllowImplicitName = true, MaxOccurrences = int.MaxValue } } },
        (command, _) => _run(command.ToString()![DirectivePrefix.Length..]));

    /// <summary>Its text is its message alone: that is what whoever asked is told.</summary>
    private sealed class UnansweredException(string message) : Exception(message)
    {
        public override string ToString() => Message;
    }
}
