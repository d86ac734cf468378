using System.Text.Json.Nodes;

namespace AdwUNet.Tests.Jupyter;

/// <summary>What a <c>kernel.json</c> says of how a kernel is started.</summary>
/// <param name="Folder">The folder of the file.</param>
/// <param name="Arguments">The command and its arguments; <c>{connection_file}</c> and <c>{resource_dir}</c> stand for paths.</param>
/// <param name="Environment">What is added to the environment.</param>
/// <param name="InterruptMode"><c>signal</c> or <c>message</c>.</param>
public sealed record KernelSpec(string Folder, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string InterruptMode)
{
    /// <summary>Reads a kernel's folder.</summary>
    public static KernelSpec Load(string folder)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "kernel.json")))!.AsObject();
        return new KernelSpec(
            folder,
            [.. json["argv"]!.AsArray().Select(argument => (string)argument!)],
            (json["env"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => (string)pair.Value!),
            (string?)json["interrupt_mode"] ?? "signal");
    }

    /// <summary>The command line with a connection file's path in it.</summary>
    public IReadOnlyList<string> CommandLine(string connectionFile) =>
    [
        .. Arguments.Select(argument => argument
            .Replace("{connection_file}", connectionFile, StringComparison.Ordinal)
            .Replace("{resource_dir}", Folder, StringComparison.Ordinal)),
    ];
}
