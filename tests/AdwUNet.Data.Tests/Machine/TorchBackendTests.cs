using System.Diagnostics;
using System.Text.Json;
using AdwUNet.Tests.Golden;

namespace AdwUNet.Data.Tests.Machine;

/// <summary>Which native packages a build asks for. Evaluated only: the CUDA packages are gigabytes.</summary>
public class TorchBackendTests
{
    [Theory]
    [InlineData("linux-x64", "libtorch-cpu-linux-x64")]
    [InlineData("win-x64", "libtorch-cpu-win-x64")]
    [InlineData("osx-arm64", "libtorch-cpu-osx-arm64")]
    [InlineData("linux-x64", "TorchSharp-cuda-linux", "cuda")]
    [InlineData("win-x64", "TorchSharp-cuda-windows", "cuda")]
    public void A_build_takes_one_native_library(string runtime, string package, string? backend = null)
    {
        var (code, output) = MSBuild(
            ["-getItem:PackageReference", $"-p:RuntimeIdentifier={runtime}", .. backend is null ? Array.Empty<string>() : [$"-p:TorchBackend={backend}"]]);
        Assert.True(code == 0, output);
        using var items = JsonDocument.Parse(output);
        var packages = items.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!);
        Assert.Equal([package], packages.Where(id => id.Contains("libtorch", StringComparison.Ordinal) || id.Contains("cuda", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_build_for_a_libtorch_of_the_machine_takes_none()
    {
        var (code, output) = MSBuild("-getItem:PackageReference", "-p:TorchBackend=none");
        Assert.True(code == 0, output);
        Assert.DoesNotContain("libtorch", output, StringComparison.Ordinal);
        Assert.DoesNotContain("cuda", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_is_the_cpu_library_of_this_machine()
    {
        var (code, output) = MSBuild("-getProperty:TorchBackend,RuntimeIdentifier");
        Assert.True(code == 0, output);
        using var values = JsonDocument.Parse(output);
        var properties = values.RootElement.GetProperty("Properties");
        Assert.Equal("cpu", properties.GetProperty("TorchBackend").GetString());
        Assert.Equal(System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, properties.GetProperty("RuntimeIdentifier").GetString());
    }

    [Theory]
    [InlineData("gpu", "linux-x64", "TorchBackend is 'gpu': choose -p:TorchBackend=cpu, -p:TorchBackend=cuda or -p:TorchBackend=none.")]
    [InlineData("cuda", "osx-arm64", "TorchSharp has CUDA libraries for linux-x64 and win-x64, not for osx-arm64: use -p:TorchBackend=cpu there.")]
    public void Unsupported_backend_is_an_error_before_the_restore(string backend, string runtime, string message)
    {
        foreach (var target in new[] { "CollectPackageReferences", "PrepareForBuild" })
        {
            var (code, output) = MSBuild($"-t:{target}", $"-p:TorchBackend={backend}", $"-p:RuntimeIdentifier={runtime}", "-nologo", "-v:quiet");
            Assert.NotEqual(0, code);
            Assert.Contains($"error : {message}", output, StringComparison.Ordinal);
        }
    }

    private static (int Code, string Output) MSBuild(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Path.Combine("src", "AdwUNet.Interactive"), "-nodeReuse:false", .. arguments])
        {
            WorkingDirectory = GoldenFiles.Root,
            RedirectStandardOutput = true,
        };

        // What a surrounding build or machine sets is not the question.
        start.Environment.Remove("TorchBackend");
        start.Environment.Remove("RuntimeIdentifier");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
