using System.CommandLine;
using AdwUNet.Kernel.Jupyter;

namespace AdwUNet.Kernel.Installing;

/// <summary>The command <c>adw kernel</c>.</summary>
internal static class KernelCommand
{
    private const int Failure = 1;

    public static Command Create() => new("kernel", "Installs adw as a kernel for C# notebooks in Jupyter and other front ends.")
    {
        Install(), List(), Remove(), StartCommand.Create(),
    };

    private static Command Install()
    {
        var (user, prefix, name) = (User(), Prefix(), Name());
        var force = new Option<bool>("--force") { Description = "Replaces a kernel of that name that is not adw's." };
        var command = new Command("install", "Installs the kernel for Jupyter.") { user, prefix, name, force };
        AllowOne(command, user, prefix);
        command.SetAction(result => Guarded(() =>
        {
            var kernels = result.GetValue(prefix) is { } chosen ? JupyterFolders.OfPrefix(chosen) : JupyterFolders.User;
            var installed = Installation.Install(kernels, result.GetValue(name)!, result.GetValue(force));
            Console.WriteLine($"Installed the kernel '{installed.Name}' in {installed.Folder}");
            if (Installation.HidingFrom(installed, JupyterFolders.SearchPath) is { } hiding)
                Console.WriteLine($"Jupyter finds another kernel '{hiding.Name}' before it, in {hiding.Folder}: remove that, or give this one another --name.");
        }));
        return command;
    }

    private static Command List()
    {
        var prefix = Prefix();
        var command = new Command("list", "Lists adw's kernels, and other programs' kernels of the same name.") { prefix };
        command.SetAction(result => Guarded(() =>
        {
            IEnumerable<string> folders = result.GetValue(prefix) is { } chosen ? [JupyterFolders.OfPrefix(chosen)] : JupyterFolders.SearchPath;
            var found = folders.Distinct().SelectMany(KernelSpec.In).Where(spec => spec.IsOwn || spec.Name == KernelSpec.DefaultName).ToList();
            foreach (var spec in found)
                Console.WriteLine($"{spec.Name}  {spec.Folder}  {Installation.Describe(spec)}");
            if (found.Count == 0)
                Console.WriteLine("There is no C# kernel: 'adw kernel install' installs one.");
        }));
        return command;
    }

    private static Command Remove()
    {
        var (user, prefix, name) = (User(), Prefix(), Name());
        var command = new Command("remove", "Removes the kernel from Jupyter.") { user, prefix, name };
        AllowOne(command, user, prefix);
        command.SetAction(result => Guarded(() =>
        {
            var kernels = result.GetValue(prefix) is { } chosen ? JupyterFolders.OfPrefix(chosen) : JupyterFolders.User;
            Console.WriteLine($"Removed {Installation.Remove(kernels, result.GetValue(name)!).Folder}");
        }));
        return command;
    }

    private static Option<bool> User() => new("--user") { Description = "For the current user. This is the default." };

    private static Option<string?> Prefix() => new("--prefix")
    {
        Description = "For the environment in this folder, such as a virtual or conda environment's: in its share/jupyter/kernels.",
        HelpName = "folder",
    };

    private static Option<string> Name() => new("--name")
    {
        Description = "The kernel's name, which notebooks ask for.",
        DefaultValueFactory = _ => KernelSpec.DefaultName,
    };

    private static void AllowOne(Command command, Option<bool> user, Option<string?> prefix) => command.Validators.Add(result =>
    {
        if (result.GetValue(user) && result.GetValue(prefix) is not null)
            result.AddError("--user and --prefix name two places: give one of them.");
    });

    private static int Guarded(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (Exception exception) when (exception is NotebookException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }
    }
}
