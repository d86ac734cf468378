using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;

namespace AdwUNet.Kernel.CellApi;

/// <summary>
/// Presents a session to extensions and cells as a kernel of .NET Interactive: <c>csharp</c>, the child of a root kernel. Submitted code
/// runs as part of the running cell.
/// </summary>
internal sealed class CellKernel : Microsoft.DotNet.Interactive.Kernel, IKernelCommandHandler<SubmitCode>
{
    /// <summary>The prefix of the directive's line in the text of its command. The command has no public property for the line.</summary>
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
        // The compiler handles `#load`, and the root kernel handles `#!csharp`.
        foreach (var directive in Directive.All.Where(directive => directive.Name is not ("#load" or "#!csharp")))
            AddDirective(directive.Name);
        // The package adds this directive after package lines. It does nothing here, because packages are restored at their lines.
        AddDirective(new KernelActionDirective("#!nuget-restore") { Hidden = true }, (_, _) => Task.CompletedTask);
    }

    /// <inheritdoc/>
    public Task HandleAsync(SubmitCode command, KernelInvocationContext context) => _run(command.Code);

    private static Task AskAsync(RequestInput command, KernelInvocationContext context)
    {
        if (RunningCell.Required is not { TakesInput: true } cell)
            throw new UnansweredException("The cell asks for input, which is not available here: set the value in the code.");
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

    /// <summary>Makes a directive in submitted code run as in any cell.</summary>
    private void AddDirective(string name) => AddDirective(
        new KernelActionDirective(name) { Parameters = { new KernelDirectiveParameter("") { AllowImplicitName = true, MaxOccurrences = int.MaxValue } } },
        (command, _) => _run(command.ToString()![DirectivePrefix.Length..]));

    /// <summary>Its text is only its message, which the requester receives.</summary>
    private sealed class UnansweredException(string message) : Exception(message)
    {
        public override string ToString() => Message;
    }
}
