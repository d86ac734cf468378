using System.Text;
using AdwUNet.Kernel.References;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace AdwUNet.Kernel.Execution;

/// <summary>What the lines of a piece of C# that are for the engine, not for the compiler, ask for.</summary>
internal sealed class Directives
{
    private const string PackagePrefix = "nuget:";

    private readonly List<PackageRequest> _packages = [];
    private readonly List<string> _sources = [];
    private readonly List<string> _libraries = [];
    private readonly List<string> _imports = [];
    private readonly List<string> _scripts = [];

    private Directives(string code) => Code = code;

    /// <summary>The code with those lines blanked, so that line numbers stay.</summary>
    public string Code { get; private set; }

    /// <summary>Packages of <c>#r "nuget: ..."</c>.</summary>
    public IReadOnlyList<PackageRequest> Packages => _packages;

    /// <summary>Package sources of <c>#i "nuget: ..."</c>.</summary>
    public IReadOnlyList<string> Sources => _sources;

    /// <summary>Assembly files of <c>#r "path"</c>.</summary>
    public IReadOnlyList<string> Libraries => _libraries;

    /// <summary>Files of <c>#!import</c>.</summary>
    public IReadOnlyList<string> Imports => _imports;

    /// <summary>Files of <c>#load</c>, which stay in the code: the compiler loads them.</summary>
    public IReadOnlyList<string> Scripts => _scripts;

    /// <summary>Whether <c>#!time</c> asks how long the code takes.</summary>
    public bool Time { get; private set; }

    /// <summary>Finds the engine's lines; a compiler's eye is used, so that texts and comments are never mistaken for one.</summary>
    /// <exception cref="NotebookException">A line asks for what there is not.</exception>
    public static Directives Read(string code)
    {
        var result = new Directives(code);
        if (!code.Contains('#'))
            return result;
        var tree = SubmissionChain.Parse(code, "");
        var blanked = new StringBuilder(code);
        for (var directive = tree.GetRoot().GetFirstDirective(d => d.IsActive);
             directive is not null;
             directive = directive.GetNextDirective(d => d.IsActive))
        {
            var text = directive.ToString().Trim();
            // The span of one that Roslyn does not know may end early: the line is what counts.
            var line = tree.GetText().Lines.GetLineFromPosition(directive.SpanStart);
            if (directive is BadDirectiveTriviaSyntax)
                text = line.ToString().Trim();
            if (!result.Take(text, directive))
                continue;
            for (var i = directive.SpanStart; i < line.End; i++)
                blanked[i] = ' ';
        }

        result.Code = blanked.ToString();
        return result;
    }

    private bool Take(string text, DirectiveTriviaSyntax directive)
    {
        switch (directive)
        {
            case ReferenceDirectiveTriviaSyntax reference:
                TakeReference(reference.File.ValueText, text);
                return true;
            case LoadDirectiveTriviaSyntax load:
                _scripts.Add(load.File.ValueText);
                return false;
            case ShebangDirectiveTriviaSyntax or BadDirectiveTriviaSyntax when text.StartsWith("#!", StringComparison.Ordinal):
                TakeMagic(text);
                return true;
            case BadDirectiveTriviaSyntax when text.StartsWith("#i ", StringComparison.Ordinal) || text.StartsWith("#i\"", StringComparison.Ordinal):
                TakeSource(text);
                return true;
            default:
                return false;
        }
    }

    private void TakeReference(string file, string text)
    {
        if (string.IsNullOrWhiteSpace(file))
            throw new NotebookException($"'{text}' names nothing: write #r \"path.dll\" or #r \"nuget: Id, Version\".");
        if (file.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
            _packages.Add(PackageRequest.Parse(file[PackagePrefix.Length..]));
        else
            _libraries.Add(file);
    }

    private void TakeSource(string text)
    {
        var source = text[2..].Trim().Trim('"');
        if (!source.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
            throw new NotebookException($"'{text}' names no package source: write #i \"nuget: https://...\" or #i \"nuget: /folder\".");
        _sources.Add(source[PackagePrefix.Length..].Trim());
    }

    private void TakeMagic(string text)
    {
        var parts = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (parts[0])
        {
            case "#!import" when parts.Length == 2:
                _imports.Add(parts[1].Trim('"'));
                break;
            case "#!import":
                throw new NotebookException("'#!import' names no file.");
            case "#!time":
                Time = true;
                break;
            default:
                throw new NotebookException($"'{parts[0]}' is not known here: there are #!csharp, #!html, #!markdown, #!time and #!import.");
        }
    }
}
