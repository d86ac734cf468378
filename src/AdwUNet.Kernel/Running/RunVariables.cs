using System.Text.Json;
using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Running;

/// <summary>
/// Environment variables from which a notebook and its libraries know how to run it again: <c>ADW_COMMAND</c> (the command, as a JSON array),
/// <c>ADW_NOTEBOOK</c> (the notebook's full path) and <c>ADW_PARAMETERS</c> (the values of <c>-p</c>, as a JSON object of texts).
/// </summary>
internal static class RunVariables
{
    private const string Command = "ADW_COMMAND";
    private const string NotebookPath = "ADW_NOTEBOOK";
    private const string Parameters = "ADW_PARAMETERS";

    /// <summary>Sets the command, and no notebook.</summary>
    public static void SetCommand()
    {
        Environment.SetEnvironmentVariable(Command, JsonSerializer.Serialize(new[] { Framework.DotnetCommand, typeof(RunVariables).Assembly.Location }));
        Environment.SetEnvironmentVariable(NotebookPath, null);
        Environment.SetEnvironmentVariable(Parameters, null);
    }

    /// <summary>Sets the notebook.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="parameters">The values of its parameters, as <see cref="TextOf"/> writes them.</param>
    public static void SetNotebook(string path, string parameters)
    {
        Environment.SetEnvironmentVariable(NotebookPath, path);
        Environment.SetEnvironmentVariable(Parameters, parameters);
    }

    /// <summary>The text of parameters.</summary>
    public static string TextOf(IReadOnlyDictionary<string, string> parameters) => JsonSerializer.Serialize(parameters);
}
