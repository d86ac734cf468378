using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests.Notebooks;

public sealed class NotebookTests
{
    [Theory]
    [InlineData("[1]", "no object")]
    [InlineData("{", "is not a notebook")]
    [InlineData("{\"nbformat\": 4}", "lacks")]
    [InlineData("{\"nbformat\": 3, \"cells\": []}", "(nbformat) 3")]
    [InlineData("{\"nbformat\": 4, \"cells\": [3]}", "lacks")]
    [InlineData("{\"nbformat\": \"4\", \"cells\": []}", "lacks")]
    [InlineData("{\"nbformat\": 4, \"cells\": {}}", "lacks")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"id\": 1, \"id\": 2}]}", "is not a notebook")]
    [InlineData("{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"name\": \"python3\"}}}", "python3")]
    public void A_file_that_is_no_CSharp_notebook_is_refused(string text, string message)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<NotebookException>(() => Notebook.Load(folder.Write("n.ipynb", text)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_the_wrong_JSON_kind_count_as_absent()
    {
        using var folder = new TemporaryFolder();
        var notebook = Notebook.Load(folder.Write("n.ipynb", """
            {"nbformat": 4, "nbformat_minor": "x", "metadata": {"kernelspec": [], "language_info": {"name": 3}},
             "cells": [{"cell_type": "code", "id": 7, "source": [1, "a"], "metadata": {"tags": [1, "t"], "vscode": "x"}, "outputs": {}, "execution_count": 1.5},
                       {"cell_type": 2, "metadata": null, "source": null}]}
            """));
        var cell = notebook.Cells[0];
        Assert.Equal(("cell-1", "a", CellLanguage.CSharp, true, null), (cell.Id, cell.Source, cell.Language, cell.HasTag("t"), cell.ExecutionCount));
        Assert.Empty(cell.Outputs);
        Assert.Equal(("raw", "", false), (notebook.Cells[1].Kind, notebook.Cells[1].Source, notebook.Cells[1].HasTag("t")));
    }

    [Fact]
    public void Cells_of_older_files_get_ids()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("n.ipynb", """
            {"nbformat": 4, "nbformat_minor": 2, "metadata": {"x": {"y": [1.50, "é"]}},
             "cells": [{"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": null}]}
            """);
        Notebook.Load(path).Save(path);
        var text = File.ReadAllText(path);
        Assert.Contains("\"nbformat_minor\": 5", text, StringComparison.Ordinal);
        Assert.Contains("\"id\": \"cell-1\"", text, StringComparison.Ordinal);
        Assert.Contains("1.50", text, StringComparison.Ordinal);
        Assert.Contains("é", text, StringComparison.Ordinal);
        Assert.Equal([path], Directory.EnumerateFiles(folder.Root));
    }
}
