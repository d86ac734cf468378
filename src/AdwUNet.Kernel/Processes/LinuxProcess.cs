using System.Diagnostics;
using System.Globalization;

namespace AdwUNet.Kernel.Processes;

/// <summary>A process in Linux's <c>/proc</c>. Process ids are reused; the id and the start time together are unique.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="Start">Its start time in clock ticks.</param>
internal readonly record struct LinuxProcess(int Id, string Start)
{
    private const int StartField = 19; // index after the name
    private const int StateField = 0;

    /// <summary>Whether it still runs.</summary>
    public bool IsThere => Find(Id) == this;

    /// <summary>The running children of a process.</summary>
    /// <param name="process">The process id, or <c>self</c>.</param>
    public static IEnumerable<LinuxProcess> ChildrenOf(string process)
    {
        string[] tasks;
        try
        {
            // Linux lists a child under the thread that started it.
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

    /// <summary>Kills it if it still runs.</summary>
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
            // It has ended, or belongs to another user.
        }
    }

    /// <summary>The running process with an id; null if there is none.</summary>
    public static LinuxProcess? Find(int id)
    {
        // The name, in parentheses, may itself contain spaces and parentheses.
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
