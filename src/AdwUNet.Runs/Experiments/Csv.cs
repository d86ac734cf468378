using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace AdwUNet.Experiments;

/// <summary>Comma-separated values (RFC 4180) of records: a column for each parameter of the constructor; empty where a value is null.</summary>
internal static class Csv
{
    /// <summary>The rows with a heading.</summary>
    public static string Text<T>(IEnumerable<T> rows)
    {
        var columns = Columns<T>().Select(parameter => typeof(T).GetProperty(parameter.Name!)!).ToArray();
        var text = new StringBuilder().AppendJoin(',', Heading<T>()).Append("\r\n");
        foreach (var row in rows)
        {
            text.AppendJoin(',', columns.Select(column => Field(column.GetValue(row)))).Append("\r\n");
        }

        return text.ToString();
    }

    /// <summary>Reads what <see cref="Text"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ExperimentException">The file is missing or damaged; the message names the line.</exception>
    public static IReadOnlyList<T> Read<T>(string path)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path) : throw new ExperimentException($"There is no {path}; export the results of finished runs first.");
        var columns = Columns<T>();
        if (lines.Length == 0 || !Fields(lines[0]).SequenceEqual(Heading<T>()))
        {
            throw new ExperimentException($"{path} does not begin with the columns {string.Join(", ", Heading<T>())}; export the results again.");
        }

        return [.. lines.Skip(1).Select((line, index) =>
        {
            try
            {
                var fields = Fields(line);
                return (T)Activator.CreateInstance(typeof(T), [.. columns.Select((column, i) => Value(fields[i], column.ParameterType))])!;
            }
            catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
            {
                throw new ExperimentException($"{path} is damaged in line {index + 2} ('{line}'); export the results again.");
            }
        })];
    }

    private static ParameterInfo[] Columns<T>() => typeof(T).GetConstructors()[0].GetParameters();

    private static IEnumerable<string> Heading<T>() => Columns<T>().Select(column => JsonNamingPolicy.SnakeCaseLower.ConvertName(column.Name!));

    private static string Field(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static object? Value(string text, Type type) => Nullable.GetUnderlyingType(type) is { } inner
        ? text.Length == 0 ? null : Value(text, inner)
        : Convert.ChangeType(text, type, CultureInfo.InvariantCulture);

    // Without line breaks in a field: names of folders have none.
    private static List<string> Fields(string line)
    {
        var fields = new List<string> { "" };
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (isQuoted && line.AsSpan(i).StartsWith("\"\"")) fields[^1] += line[i++];
            else if (line[i] == '"') isQuoted = !isQuoted;
            else if (line[i] == ',' && !isQuoted) fields.Add("");
            else fields[^1] += line[i];
        }

        return fields;
    }
}
