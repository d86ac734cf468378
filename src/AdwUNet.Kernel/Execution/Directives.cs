using AdwUNet.Kernel.References;

namespace AdwUNet.Kernel.Execution;

/// <summary>The directives in a piece of C#: the lines that are for the engine and not for the compiler.</summary>
internal sealed class Directives
{
    private const string PackagePrefix = "nuget:";

    private readonly List<PackageRequest> _packages = [];
    private readonly List<string> _sources = [];
    private readonly List<string> _libraries = [];
    private readonly List<DirectiveLine> _actions = [];
    private readonly List<string> _scripts = [];

    private Directives(string code) => Code = code;

    /// <summary>The code, in which those lines are blank so that line numbers do not change.</summary>
    public string Code { get; }

    /// <summary>Packages of <c>#r "nuget: ..."</c>.</summary>
    public IReadOnlyList<PackageRequest> Packages => _packages;

    /// <summary>Package sources of <c>#i "nuget: ..."</c>.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>Assembly files of <c>#r "path"</c>.</summary>
    public IReadOnlyList<string> Libraries => _libraries;

    /// <summary>Lines that act in their place, such as <c>#!import</c>. They come before the code, because <see cref="CellPart.Split"/> cuts it there.</summary>
    public IReadOnlyList<DirectiveLine> Actions => _actions;

    /// <summary>Files of <c>#load</c>. These lines stay in the code, because the compiler loads the files.</summary>
    public IReadOnlyList<string> Scripts => _scripts;

    /// <summary>Whether <c>#!time</c> asks for the time that the code takes.</summary>
    public bool Time { get; private set; }

    /// <summary>Finds the engine's lines.</summary>
    /// <exception cref="NotebookException">A line has an unknown directive or invalid options.</exception>
    public static Directives Read(string code)
    {
        var lines = DirectiveLines.Find(code);
        var result = new Directives(DirectiveLines.Blank(code, lines));
        foreach (var line in lines)
            result.Take(line);
        return result;
    }

    private void Take(DirectiveLine line)
    {
        switch (line.Name)
        {
            case "#r":
                TakeReference(line);
                break;
            case "#load":
                _scripts.Add(line.File ?? "");
                break;
            case "#i":
                TakeSource(line);
                break;
            case "#!time":
                Time = true;
                break;
            case "#!import" when line.Argument.Length == 0:
                throw new NotebookException("'#!import' names no file.");
            case var name when Directive.ActsInPlace(name):
                _actions.Add(line);
                break;
            default:
                throw new NotebookException($"'{line.Name}' is not a directive: there are {Directive.Names}.");
        }
    }

    private void TakeReference(DirectiveLine line)
    {
        if (string.IsNullOrWhiteSpace(line.File))
            throw new NotebookException($"'{line.Text}' names nothing: write #r \"path.dll\" or #r \"nuget: Id, Version\".");
        if (line.File.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
            _packages.Add(PackageRequest.Parse(line.File[PackagePrefix.Length..]));
        else
            _libraries.Add(line.File);
    }

    private void TakeSource(DirectiveLine line)
    {
        var source = line.Argument.Trim('"');
        if (!source.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
            throw new NotebookException($"'{line.Text}' names no package source: write #i \"nuget: https://...\" or #i \"nuget: /folder\".");
        _sources.Add(source[PackagePrefix.Length..].Trim());
    }
}
