using System.Diagnostics;

namespace AdwUNet.Tests.Jupyter;

/// <summary>Our kernel, installed into a folder of its own as its users install it.</summary>
public sealed class InstalledKernel : IDisposable
{
    /// <summary>The name that notebooks call the kernel by.</summary>
    public const string Name = ".net-csharp";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Installs the kernel.</summary>
    public InstalledKernel()
    {
        // With a space, as paths of users have.
        Prefix = Directory.CreateTempSubdirectory("adwunet prefix ").FullName;
        var start = new ProcessStartInfo("dotnet", [Repository.Command, "kernel", "install", "--prefix", Prefix])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience) || !Task.WhenAll(output, errors).Wait(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'adw kernel install' did not end within {Patience.TotalSeconds} s.");
        }

        if (process.ExitCode != 0) throw new InvalidOperationException($"'adw kernel install' ended with {process.ExitCode}: {output.Result}{errors.Result}");
        Spec = KernelSpec.Load(Path.Combine(DataFolder, "kernels", Name));
    }

    /// <summary>What was given as <c>--prefix</c>.</summary>
    public string Prefix { get; }

    /// <summary>Where Jupyter finds the kernel: the value of <c>JUPYTER_PATH</c>.</summary>
    public string DataFolder => Path.Combine(Prefix, "share", "jupyter");

    /// <summary>The installed <c>kernel.json</c>.</summary>
    public KernelSpec Spec { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Prefix, recursive: true);
}
