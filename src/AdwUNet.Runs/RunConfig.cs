using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using AdwUNet.Networks;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>The content of <c>config.json</c>: every option of a run, and the software and machine with which it started.</summary>
internal static class RunConfig
{
    private const string Kind = "kind";
    private const string Versions = "versions";
    private const string Machine = "machine";
    private const string Options = "options";

    // Settings of newer versions, with the behaviour of older ones, so that older runs can resume.
    private static readonly Dictionary<string, string> Later = new()
    {
        ["options.precision"] = "\"float32\"",
        ["options.order"] = "\"published\"",
        ["options.sampling.patchShare"] = "1",
    };

    /// <summary>Adds entries that are written but not compared, so that a run can resume with a newer version or on another machine.</summary>
    public static JsonObject Complete(object config, Device device, Arithmetic arithmetic)
    {
        var complete = JsonSerializer.SerializeToNode(config, config.GetType(), JsonFile.Options)!.AsObject();
        complete[Versions] = JsonSerializer.SerializeToNode(SoftwareVersions(), JsonFile.Options);
        complete[Machine] = JsonSerializer.SerializeToNode(RunMachine.This(device, arithmetic), JsonFile.Options);
        return complete;
    }

    /// <summary>Reads the options of a run to repeat, and sets its number of threads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">The kind of run.</param>
    /// <param name="complete">Adds the parts of the method whose code is outside this library.</param>
    /// <exception cref="RunException">The file is missing, damaged or of another kind of run, contains invalid values, or names other code.</exception>
    public static T Load<T>(string path, string kind, Func<T, T> complete)
        where T : class, IRunConfig
    {
        var content = Parse(path);
        if (Text(content[Kind]) is var there && there != $"\"{kind}\"")
        {
            throw new RunException($"{path} is not a configuration of a {kind}: its field kind is {there ?? "missing"}; give the configuration of a {kind}.");
        }

        try
        {
            var machine = content[Machine];
            content.Remove(Versions);
            content.Remove(Machine);
            var ownCode = TakeOwnCode(content[Options] as JsonObject);
            var config = complete(content.Deserialize<T>(JsonFile.Options)!);
            config.Validate();
            RequireOwnCode(path, ownCode, JsonSerializer.SerializeToNode(config, JsonFile.Options)![Options]!.AsObject());
            RunMachine.UseThreadsOf(machine);
            return config;
        }
        catch (AdwUNetException e)
        {
            throw new RunException($"{path} is not a configuration of a {kind}: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var place = e is JsonException json ? JsonFile.Place(json) : $" at the field {Machine}";
            throw new RunException($"{path} is not a configuration of a {kind}{place}: {JsonFile.FirstSentence(e.Message)}", e);
        }
    }

    /// <exception cref="RunException">The file is missing or damaged.</exception>
    public static JsonObject Parse(string path)
    {
        try
        {
            var content = JsonNode.Parse(File.ReadAllText(path), documentOptions: JsonFile.Strict)!.AsObject();
            return JsonFile.Unreadable(content) is { } field
                ? throw new RunException($"{path} is damaged at the field {field} (an unpaired surrogate); move the folder away to start again.")
                : content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path} cannot be read ({e.Message.TrimEnd('.')}).", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            var place = e is JsonException json ? JsonFile.Place(json) : "";
            throw new RunException($"{path} is damaged{place} ({JsonFile.FirstSentence(e.Message).TrimEnd('.')}); move the folder away to start again.", e);
        }
    }

    /// <summary>The first setting in which two configurations differ. Contents of cases are compared by <see cref="CaseContent"/>.</summary>
    public static (string Name, string There, string Here)? Difference(JsonObject there, JsonObject here, string prefix = "")
    {
        foreach (var name in there.Select(p => p.Key).Union(here.Select(p => p.Key)))
        {
            var (left, right) = (there[name], here[name]);
            if (prefix.Length == 0 && (name is Versions or Machine or CaseContent.Field))
            {
                continue;
            }

            if (left is null && Later.TryGetValue(prefix + name, out var before) && Text(right) == before)
            {
                continue;
            }

            if (left is JsonObject l && right is JsonObject r)
            {
                if (Difference(l, r, $"{prefix}{name}.") is { } inner)
                {
                    return inner;
                }
            }
            else if (!Same(left, right))
            {
                return (prefix + name, Shorten(left), Shorten(right));
            }
        }

        return null;
    }

    /// <summary>The old and the new arithmetic of a resumed run if they differ: one precision option may select different ones on different processors.</summary>
    public static (string There, string Here)? OtherArithmetic(JsonObject there, JsonObject here)
    {
        var (before, now) = (RunMachine.ArithmeticOf(there[Machine]), RunMachine.ArithmeticOf(here[Machine]));
        return before == now ? null : (before, now);
    }

    // Code is in no file: the caller passes these parts again.
    private static Dictionary<string, JsonNode> TakeOwnCode(JsonObject? options)
    {
        var parts = (options ?? []).Where(option => OwnCode(option.Value) is not null).ToDictionary(option => option.Key, option => option.Value!);
        foreach (var name in parts.Keys)
        {
            options!.Remove(name);
        }

        return parts;
    }

    // An option that is such a part, or has one as a field.
    private static JsonNode? OwnCode(JsonNode? option) => MethodPart.IsOwnCode(option)
        ? option
        : (option as JsonObject)?.Select(field => field.Value).FirstOrDefault(MethodPart.IsOwnCode);

    private static void RequireOwnCode(string path, Dictionary<string, JsonNode> before, JsonObject options)
    {
        foreach (var (name, part) in before)
        {
            if (!JsonNode.DeepEquals(part, options[name]))
            {
                throw new RunException(
                    $"{path} was made with the {name} {MethodPart.Words(OwnCode(part))}, and {MethodPart.Words(OwnCode(options[name]) ?? options[name])} was passed; pass the same code as the {name} of the options.");
            }
        }
    }

    private static Dictionary<string, string> SoftwareVersions() => new()
    {
        ["adwUNet"] = VersionOf(typeof(RunFolder)),
        ["torchSharp"] = VersionOf(typeof(torch)),
        ["dotNet"] = Environment.Version.ToString(),
        ["system"] = RuntimeInformation.RuntimeIdentifier,
    };

    /// <summary>The version, and after a plus sign the commit if the assembly was built in a git repository.</summary>
    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static bool Same(JsonNode? left, JsonNode? right)
    {
        try
        {
            return JsonNode.DeepEquals(left, right);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // An unpaired surrogate can be read, but neither compared nor written.
    private static string? Text(JsonNode? node)
    {
        try
        {
            return node?.ToJsonString();
        }
        catch (InvalidOperationException)
        {
            return "no text";
        }
    }

    private static string Shorten(JsonNode? node)
    {
        const int limit = 80;
        var text = Text(node) ?? "missing";
        return text.Length <= limit ? text : text[..limit] + "...";
    }
}
