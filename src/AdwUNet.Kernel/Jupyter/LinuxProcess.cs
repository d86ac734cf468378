using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>A process as Linux tells of it in <c>/proc</c>. Numbers are used again: with the time of its start a process is known for certain.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Start">When it was started, in the system's ticks.</param>
internal readonly record struct LinuxProcess(int Id, string Start)
{
    private const int StartField = 19; // of those behind the name
    private const int StateField = 0;

    /// <summary>Whether it runs still.</summary>
    public bool IsThere => Find(Id) == this;

    /// <summary>The processes that one has started and that run still.</summary>
    /// <param name="process">The number of the process, or <c>self</c>.</param>
    public static IEnumerable<LinuxProcess> ChildrenOf(string process)
    {
        string[] tasks;
        try
        {
            // A child belongs to the thread that started it.
            tasks = Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (var task in tasks)
        {
            foreach (var id in (Read(Path.Combine(task, "children")) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Find(int.Parse(id, CultureInfo.InvariantCulture)) is { } found)
                    yield return found;
            }
        }
    }

    /// <summary>Ends it, if it is there still.</summary>
    public void Kill()
    {
        if (!IsThere)
            return;
        try
        {
            using var process = Process.GetProcessById(Id);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended, or is another user's.
        }
    }

    /// <summary>The process of a number; null where none runs.</summary>
    public static LinuxProcess? Find(int id)
    {
        // The name, in brackets, may have spaces and brackets of its own.
        if (Read($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat") is not { } stat || stat.LastIndexOf(')') is not (> 0 and var name))
            return null;
        var fields = stat[(name + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields[StateField] is "Z" or "X" ? null : new LinuxProcess(id, fields[StartField]);
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
