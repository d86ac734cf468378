using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Tests.Notebooks;

public sealed class NotebookTests
{
    [Theory]
    [InlineData("[1]", "no object")]
    [InlineData("{", "is not a notebook")]
    [InlineData("{\"nbformat\": 4}", "lacks")]
    [InlineData("{\"nbformat\": 3, \"cells\": []}", "format 3")]
    [InlineData("{\"nbformat\": 4, \"cells\": [3]}", "lacks")]
    [InlineData("{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"name\": \"python3\"}}}", "python3")]
    public void A_file_that_is_no_CSharp_notebook_is_refused(string text, string message)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<NotebookException>(() => Notebook.Load(folder.Write("n.ipynb", text)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
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
        Assert.Equal([path], Directory.EnumerateFiles(folder.Path));
    }
}
