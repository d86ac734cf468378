using AdwUNet.Kernel.Html;
using AdwUNet.Kernel.Notebooks;
using AdwUNet.Tests;

namespace AdwUNet.Kernel.Tests.Notebooks;

/// <summary>Notebook files, damaged: each is read as far as its page, or refused by the file's and the field's name.</summary>
public sealed class NotebookFuzzTests : IDisposable
{
    private const int Tries = 3000;

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Promise("A damaged .ipynb file is read, or refused by file and field")]
    public void A_damaged_ipynb_is_read_or_refused()
    {
        const string text = """
            {"cells": [
              {"cell_type": "markdown", "id": "one", "metadata": {}, "source": ["# Title\n", "text with $x^2$"]},
              {"cell_type": "code", "execution_count": 3, "id": "two", "metadata": {"tags": ["parameters"]}, "source": "int seed = 1;",
               "outputs": [{"output_type": "stream", "name": "stdout", "text": ["printed\n"]},
                           {"output_type": "display_data", "data": {"text/plain": "1", "text/html": "<b>1</b>"}, "metadata": {}},
                           {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["at cell 1"]}]}],
             "metadata": {"kernelspec": {"display_name": ".NET (C#)", "language": "C#", "name": ".net-csharp"}, "language_info": {"name": "C#"}},
             "nbformat": 4, "nbformat_minor": 5}
            """;
        Fuzz("n.ipynb", random => JsonDamage.Of(text, random), least: 1);
    }

    [Fact]
    [Promise("A damaged .dib file is read: whatever it holds is text")]
    public void A_damaged_dib_is_read_or_refused() =>
        Fuzz("n.dib", random => new(ByteDamage.Of("#!meta\n\n{\"kernelInfo\":{\"defaultKernelName\":\"csharp\"}}\n\n#!markdown\n\n# Title\n\n#!csharp\n\nint seed = 1;\n"u8.ToArray(), random)), least: 0);

    private void Fuzz(string name, Func<Random, Damaged> damage, int least)
    {
        var path = _folder.PathOf(name);
        var fuzz = new FuzzRun
        {
            Name = name,
            Path = path,
            Damage = damage,
            Read = random =>
            {
                var notebook = Notebook.Load(path);
                Assert.NotNull(notebook.Title);
                notebook.CheckLanguages();
                Parameter.Inject(notebook, new Dictionary<string, string>());
                _ = Parameter.Of(notebook);
                notebook.Save(_folder.PathOf("again.ipynb"));
                Site.Write(_folder.Root, [notebook], _ => true);
            },
            IsRefusal = error => error is NotebookException,

            // Every page brings the same style and script.
            FixedAllocation = 8 << 20,
            AllocationPerByte = 400,
        };
        fuzz.Run(Tries);
        Assert.InRange(fuzz.Refused, least, Tries - 1);
        PromiseTable.Kept($"{Tries:N0} damaged files, {fuzz.Refused:N0} of them refused");
    }
}
