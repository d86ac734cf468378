using AdwUNet.Runs.Tests.Durability;

// What the tests start and kill is this program again: a second one would need libtorch beside it once more.
return args is [Child.Verb, ..] ? Child.Run(args[1..]) : Program.RunTests(args);

internal static partial class Program
{
    // As xUnit's own entry point. In a method of its own, so that a child does not load xUnit.
    private static int RunTests(string[] args) => args.Any(argument => argument is "--server" or "--internal-msbuild-node")
        ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, AdwUNet.Runs.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions).GetAwaiter().GetResult()
        : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
}
