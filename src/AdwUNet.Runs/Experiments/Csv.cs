using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace AdwUNet.Experiments;

/// <summary>Comma-separated values (RFC 4180) of records: a column for each parameter of the constructor; empty where a value is null.</summary>
internal static class Csv
{
    private const string Again = "export the results again";

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
    /// <param name="key">The fields that no two lines have in common, as text.</param>
    /// <param name="remedy">What to do about a missing or damaged file; for results of this library when left out.</param>
    /// <exception cref="ExperimentException">The file is missing or damaged; the message names the line.</exception>
    public static IReadOnlyList<T> Read<T>(string path, Func<T, string> key, string remedy = Again)
    {
        var lines = Lines(path, remedy);
        var columns = Columns<T>();
        if (lines.Length == 0 || !Fields(lines[0]).SequenceEqual(Heading<T>()))
        {
            throw new ExperimentException($"{path} does not begin with the columns {string.Join(", ", Heading<T>())}; {remedy}.");
        }

        T[] rows = [.. lines.Skip(1).Select((line, index) =>
        {
            try
            {
                var fields = Fields(line);
                if (fields.Count != columns.Length) throw new FormatException();
                return (T)Activator.CreateInstance(typeof(T), [.. columns.Select((column, i) => Value(fields[i], column.ParameterType))])!;
            }
            catch (Exception error) when (error is FormatException or ArgumentException or OverflowException)
            {
                throw new ExperimentException($"{path} is damaged in line {index + 2} ('{line}'); {remedy}.");
            }
        })];
        return rows.CountBy(key).FirstOrDefault(pair => pair.Value > 1).Key is { } twice
            ? throw new ExperimentException($"{path} has two lines of {twice}; {remedy}.")
            : rows;
    }

    private static string[] Lines(string path, string remedy)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : throw new ExperimentException($"There is no {path}; {(remedy == Again ? "export the results of finished runs first" : remedy)}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExperimentException($"{path} cannot be read ({error.Message}).", error);
        }
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
        : type == typeof(double) ? Number(text)
        : Convert.ChangeType(text, type, CultureInfo.InvariantCulture);

    // A comma is no separator of thousands here: some programs write it where decimals begin.
    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is var number && double.IsFinite(number)
        ? number
        : throw new FormatException();

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
