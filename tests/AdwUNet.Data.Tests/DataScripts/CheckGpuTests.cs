using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AdwUNet.Data.Tests.DataScripts;

/// <summary>The check of the CUDA path, on the CPU and in miniature, and with a libtorch of another folder.</summary>
public sealed class CheckGpuTests(CheckGpu check) : IClassFixture<CheckGpu>, IDisposable
{
    private const string Variable = "ADWUNET_LIBTORCH";
    private const string Native = "runtimes/linux-x64/native";

    // TorchSharp calls it and libtorch_cpu does not.
    private const string Called = "_ZN3c104impl23ExcludeDispatchKeyGuardC2ENS_14DispatchKeySetE";

    private readonly string _folder = Directory.CreateTempSubdirectory("check-gpu-").FullName;

    private string Report => Path.Combine(_folder, "GPU.md");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void All_parts_run_on_a_cpu_in_miniature_and_the_report_says_that_no_card_was_there()
    {
        var (code, output, errors) = check.Script("--device", "cpu", "--output", Report, "--python", "no-python");
        Assert.True(code == 0, output + errors);
        var text = Regex.Replace(File.ReadAllText(Report), " +", " ");
        Assert.Contains("**Not run on a card.**", text);
        Assert.Contains("Nothing was found wrong in the parts below.", text);
        Assert.Contains("## Device and libraries", text);
        Assert.Contains("| adw_search_small | logits ", text);
        Assert.Contains("stopped on the CPU after 6 iterations and resumed on cpu", text);
        foreach (var row in new[] { "| BrainTumour, supernet | Library | float32 by ", "| BrainTumour, published | Library | ", "| BrainTumour, supernet | Plain " })
        {
            Assert.Matches(Regex.Escape(row) + @".*\d+\.\d ", text);
        }

        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch can be set to deterministic algorithms on Linux.");
        foreach (var precision in new[] { "bfloat16", "float32" })
        {
            Assert.Matches($@"\| BrainTumour, supernet \| {precision} by libtorch with recomputed norms \| \d+ \| \d+\.\d( \| \d+\.\d \| [+-]\d+\.\d %){{2}} \|", text);
        }
    }

    [Fact]
    public void When_the_time_is_over_the_report_says_what_is_missing()
    {
        var (code, output, errors) = check.Script("--device", "cpu", "--output", Report, "--parts", "4", "--minutes", "0");
        Assert.True(code == 0, output + errors);
        Assert.Matches(@"\d+ rows were not measured: the time was over", File.ReadAllText(Report));
    }

    [Fact]
    public void An_unknown_device_is_named()
    {
        var (code, _, errors) = check.Script("--device", "tpu", "--output", Report);
        Assert.Equal(1, code);
        Assert.Contains("There is no device 'tpu'", errors);
    }

    [Fact]
    public void A_libtorch_of_another_folder_is_used_and_named()
    {
        var chosen = Libtorch("chosen");
        var (code, output, errors) = RunWithoutOwn(chosen);
        Assert.True(code == 0, output + errors);
        Assert.Contains($"libtorch 2.10.0 of {chosen}", File.ReadAllText(Report));
    }

    [Fact]
    public void A_function_that_the_libtorch_of_another_folder_lacks_is_named_at_the_start()
    {
        var chosen = Libtorch("lacking");
        var file = Path.Combine(chosen, "libc10.so");
        var bytes = File.ReadAllBytes(file);
        var (name, other) = (Encoding.ASCII.GetBytes(Called + "\0"), Encoding.ASCII.GetBytes(Called[..^1] + "X\0"));
        for (var at = bytes.AsSpan().IndexOf(name); at >= 0; at = bytes.AsSpan().IndexOf(name))
        {
            other.CopyTo(bytes, at);
        }

        File.Delete(file); // a link to the package's
        File.WriteAllBytes(file, bytes);
        var (code, _, errors) = RunWithoutOwn(chosen);
        Assert.Equal(1, code);
        Assert.Contains($"TorchSharp cannot use the libtorch 2.10.0 in {chosen}: it lacks the function {Called}, which TorchSharp calls; use libtorch 2.10.0", errors);
    }

    [Fact]
    public void A_folder_without_a_libtorch_is_named()
    {
        var (code, _, errors) = RunWithoutOwn(_folder);
        Assert.Equal(1, code);
        Assert.Contains($"{Variable} is {_folder}, and {Path.Combine(_folder, "libc10.so")} is missing", errors);
    }

    [Fact]
    public void A_program_that_has_a_libtorch_of_its_own_says_that_it_would_be_loaded_as_well()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The variable is for Linux.");
        var (code, _, errors) = ScriptRunner.Run(
            new Dictionary<string, string> { [Variable] = _folder }, Path.Combine(check.Folder, "check-gpu.dll"), "--device", "cpu", "--parts", "1", "--output", Report);
        Assert.Equal(1, code);
        Assert.Contains("but this program has a libtorch of its own in", errors);
    }

    [Fact]
    public void Published_it_runs_in_an_empty_folder_without_dotnet_and_with_the_libtorch_of_another_folder()
    {
        var chosen = Libtorch("chosen");
        var published = Path.Combine(_folder, "published");
        var (code, output, errors) = ScriptRunner.Run(
            new Dictionary<string, string>(), "publish", "environment/check-gpu.cs", "-c", "Release", "-r", "linux-x64", "--self-contained", "-p:TorchBackend=none", "-o", published);
        Assert.True(code == 0, output + errors);
        var start = new ProcessStartInfo(Path.Combine(published, "check-gpu"), ["--device", "cpu", "--parts", "1", "--output", "GPU.md"])
        {
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear(); // neither DOTNET_ROOT nor a dotnet in PATH
        start.Environment[Variable] = chosen;
        using var process = Process.Start(start)!;
        output = process.StandardOutput.ReadToEnd(); // a few lines, as what it writes to the other
        errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + errors);
        Assert.Contains($"libtorch 2.10.0 of {chosen}", File.ReadAllText(Path.Combine(start.WorkingDirectory, "GPU.md")));
    }

    /// <summary>A folder with links to the package's libtorch.</summary>
    private string Libtorch(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The variable is for Linux.");
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(check.Folder, Native)).Where(file => !file.Contains("LibTorchSharp", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        }

        return folder;
    }

    /// <summary>Runs part 1 of the program as a build with -p:TorchBackend=none makes it: without a libtorch of its own.</summary>
    private (int Code, string Output, string Errors) RunWithoutOwn(string libtorch)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The variable is for Linux.");
        var program = Directory.CreateDirectory(Path.Combine(_folder, "program")).FullName;
        foreach (var file in Directory.GetFiles(check.Folder, "*", SearchOption.AllDirectories).Where(file => !file.Contains(Native, StringComparison.Ordinal) || file.Contains("LibTorchSharp", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(program, Path.GetRelativePath(check.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var list = Path.Combine(program, "check-gpu.deps.json");
        var assets = JsonNode.Parse(File.ReadAllText(list))!;
        foreach (var package in assets["targets"]!.AsObject().SelectMany(target => target.Value!.AsObject()).Where(package => package.Key.StartsWith("libtorch", StringComparison.Ordinal)))
        {
            package.Value!.AsObject().Clear();
        }

        File.WriteAllText(list, assets.ToJsonString());
        return ScriptRunner.Run(
            new Dictionary<string, string> { [Variable] = libtorch }, Path.Combine(program, "check-gpu.dll"), "--device", "cpu", "--parts", "1", "--output", Report);
    }
}
