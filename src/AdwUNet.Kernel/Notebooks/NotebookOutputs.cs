using System.Text;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.Execution;

namespace AdwUNet.Kernel.Notebooks;

/// <summary>
/// Collects the outputs of a notebook's cells in the form of the file. An updated display is kept in its last state.
/// </summary>
internal sealed class NotebookOutputs
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JsonObject> _displays = new(StringComparer.Ordinal);
    private readonly List<CellWriter> _writers = [];
    private bool _hasChanged;

    /// <summary>Removes the outputs of a cell and returns the receiver of its new ones.</summary>
    public ICellOutput For(NotebookCell cell)
    {
        cell.ClearOutputs();
        var writer = new CellWriter(this, cell);
        lock (_lock)
            _writers.Add(writer);
        return writer;
    }

    /// <summary>Writes the notebook with all outputs so far.</summary>
    public void Save(Notebook notebook, string path)
    {
        lock (_lock)
        {
            foreach (var writer in _writers)
                writer.CloseStream();
            notebook.Save(path);
            _hasChanged = false;
        }
    }

    /// <summary>Writes the notebook if outputs changed since the last write.</summary>
    public void SaveIfChanged(Notebook notebook, string path)
    {
        lock (_lock)
        {
            if (_hasChanged)
                Save(notebook, path);
        }
    }

    private static JsonObject DataOf(MimeBundle bundle)
    {
        var data = new JsonObject();
        foreach (var (type, text) in bundle.Forms.OrderBy(form => form.Key, StringComparer.Ordinal))
            data[type] = MimeBundle.IsJson(type) ? JsonNode.Parse(text) : NotebookCell.LinesOf(text);
        return data;
    }

    private sealed class CellWriter(NotebookOutputs all, NotebookCell cell) : ICellOutput
    {
        private readonly StringBuilder _text = new();
        private StreamName? _stream;
        private bool _clearsNext;

        public void Stream(StreamName stream, string text)
        {
            lock (all._lock)
            {
                ClearIfDue();
                if (_stream != stream)
                    CloseStream();
                _stream = stream;
                _text.Append(text);
                all._hasChanged = true;
            }
        }

        public void Display(MimeBundle data, string displayId)
        {
            var output = new JsonObject { ["data"] = DataOf(data), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };
            lock (all._lock)
            {
                all._displays[displayId] = output;
                Add(output);
            }
        }

        public void Update(MimeBundle data, string displayId)
        {
            lock (all._lock)
            {
                if (all._displays.TryGetValue(displayId, out var output))
                {
                    output["data"] = DataOf(data);
                    all._hasChanged = true;
                }
            }
        }

        public void Clear(bool wait)
        {
            lock (all._lock)
            {
                _clearsNext = true;
                if (!wait)
                    ClearIfDue();
            }
        }

        public void Result(MimeBundle data, int executionCount) => AddLocked(new JsonObject
        {
            ["data"] = DataOf(data),
            ["execution_count"] = executionCount,
            ["metadata"] = new JsonObject(),
            ["output_type"] = "execute_result",
        });

        public void Error(CellError error) => AddLocked(new JsonObject
        {
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["output_type"] = "error",
            ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)line)]),
        });

        public void CloseStream()
        {
            if (_stream is not { } stream || _text.Length == 0)
                return;
            var name = stream == StreamName.Stdout ? "stdout" : "stderr";
            var text = _text.ToString();
            _text.Clear();
            _stream = null;
            // A stream that was closed only for saving continues in the same output.
            if (cell.Outputs.LastOrDefault() is JsonObject last && last.Text("name") == name)
                last["text"] = NotebookCell.LinesOf(NotebookCell.TextOf(last["text"]) + text);
            else
                cell.Outputs.Add((JsonNode)new JsonObject { ["name"] = name, ["output_type"] = "stream", ["text"] = NotebookCell.LinesOf(text) });
        }

        private void ClearIfDue()
        {
            if (!_clearsNext)
                return;
            _clearsNext = false;
            _stream = null;
            _text.Clear();
            cell.Outputs.Clear();
            all._hasChanged = true;
        }

        private void AddLocked(JsonObject output)
        {
            lock (all._lock)
                Add(output);
        }

        private void Add(JsonObject output)
        {
            ClearIfDue();
            CloseStream();
            cell.Outputs.Add((JsonNode)output);
            all._hasChanged = true;
        }
    }
}
