using System.Globalization;
using AdwUNet.Benchmarks.Report;

namespace AdwUNet.GpuCheck;

/// <summary>The report: a section for each part, written to the file after every part and every measurement.</summary>
/// <param name="path">The file.</param>
/// <param name="isOnCard">Whether the device is a CUDA card.</param>
internal sealed class CheckReport(string path, bool isOnCard)
{
    private readonly List<(string Title, Func<Markdown, Markdown> Content)> _sections = [];
    private readonly List<string> _faults = [];

    /// <summary>What went wrong, one sentence each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Notes that something is wrong.</summary>
    public void Fault(string sentence)
    {
        _faults.Add(sentence);
        Console.WriteLine($"  WRONG: {sentence}");
        Save();
    }

    /// <summary>Adds a section, or replaces the one of this title where it stands.</summary>
    public void Section(string title, Func<Markdown, Markdown> content)
    {
        var at = _sections.FindIndex(section => section.Title == title);
        if (at < 0)
        {
            _sections.Add((title, content));
        }
        else
        {
            _sections[at] = (title, content);
        }

        Save();
    }

    private void Save()
    {
        var text = new Markdown().Heading(1, "Check of the CUDA path");
        text.Paragraph(isOnCard
            ? "Written by `environment/check-gpu.cs`."
            : "**Not run on a card.** `environment/check-gpu.cs` wrote this on a CPU, in miniature: it shows that the program works, and nothing about a GPU.");
        text.Paragraph($"{DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC. "
            + (_faults.Count == 0 ? "Nothing was found wrong in the parts below." : $"**{_faults.Count} found wrong:**"));
        if (_faults.Count > 0)
        {
            text.List(_faults);
        }

        foreach (var (title, content) in _sections)
        {
            content(text.Heading(2, title));
        }

        AtomicFile.WriteText(path, text.ToString());
    }
}
