using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace AdwUNet.Tests.Jupyter;

/// <summary>
/// One session of <c>tests/cases/kernel/cells.json</c>: a fresh kernel takes its steps in order. The file's <c>about</c> says what the
/// fields of a step mean.
/// </summary>
/// <param name="Json">The session.</param>
public sealed record KernelCase(JsonObject Json)
{
    private const int DefaultTimeout = 60;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan UntilGone = TimeSpan.FromSeconds(10);

    /// <summary>The name of the session.</summary>
    public string Name => (string)Json["name"]!;

    private IEnumerable<JsonObject> Steps => Json["steps"]!.AsArray().Select(step => step!.AsObject());

    /// <summary>Reads all sessions of a file.</summary>
    public static IReadOnlyList<KernelCase> Load(string path) =>
        [.. JsonNode.Parse(File.ReadAllText(path))!["sessions"]!.AsArray().Select(session => new KernelCase(session!.AsObject()))];

    /// <summary>Runs the session.</summary>
    /// <param name="spec">How the kernel is started.</param>
    /// <returns>What differs from what the session asks for, each with the step; empty where all is as it should be.</returns>
    public IReadOnlyList<string> Run(KernelSpec spec)
    {
        using var run = new Running(spec);
        var index = 0;
        foreach (var step in Steps)
        {
            try
            {
                run.Take(step);
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidDataException)
            {
                run.Note(exception.Message);
            }

            if (run.Close(++index, step)) break;
        }

        return run.Differences;
    }

    private sealed class Running(KernelSpec spec) : IDisposable
    {
        private readonly List<string> _differences = [];
        private readonly List<string> _ofStep = [];
        private readonly Dictionary<string, string> _displays = [];
        private readonly List<int> _children = [];
        private KernelProcess _kernel = KernelProcess.StartReady(spec);

        public IReadOnlyList<string> Differences => _differences;

        public void Note(string difference) => _ofStep.Add(difference);

        /// <summary>Names the step in what was noted of it.</summary>
        /// <returns>Whether the session cannot go on.</returns>
        public bool Close(int index, JsonObject step)
        {
            var text = step.ToJsonString();
            _differences.AddRange(_ofStep.Select(each => $"step {index}, {text[..Math.Min(90, text.Length)]}: {each}"));
            var hasDied = _kernel.HasExited && step["shutdown"] is null;
            if (hasDied) _differences.Add($"step {index}: the kernel has ended. {_kernel.Console}");
            _ofStep.Clear();
            return hasDied;
        }

        public void Take(JsonObject step)
        {
            var timeout = TimeSpan.FromSeconds((double?)step["timeout_s"] ?? DefaultTimeout);
            if ((string?)step["execute"] is { } code)
                Execute(step, code, timeout);
            else if ((string?)step["is_complete"] is { } text)
                Same("status", (string?)step["status"], (string?)_kernel.Client.Ask("is_complete_request", new JsonObject { ["code"] = text }, timeout).Content["status"]);
            else if ((string?)step["raw"] is { } raw)
                _kernel.Client.ReplyTo(_kernel.Client.SendRaw((string)step["msg_type"]!, raw), timeout);
            else if (step["shutdown"] is not null)
                End(restart: false, timeout);
            else if (step["restart"] is not null)
                End(restart: true, timeout);
            else
                throw new InvalidDataException("This kind of step is not known.");
        }

        public void Dispose()
        {
            _kernel.Dispose();
            foreach (var child in _children.Where(IsThere))
            {
                using var process = Process.GetProcessById(child);
                process.Kill();
            }
        }

        private void Execute(JsonObject step, string code, TimeSpan timeout)
        {
            var answers = new Queue<string>(Texts(step["stdin"]));
            var asked = new List<JsonObject>();
            var outputs = new List<JupyterMessage>();
            var clock = Stopwatch.StartNew();
            var interrupt = (double?)step["interrupt_after_s"];
            var id = _kernel.Client.SendCode(code, allowStdin: step["stdin"] is not null);
            while (true)
            {
                if (_kernel.Client.TryInputRequest(TimeSpan.Zero) is { } request)
                {
                    asked.Add(request.Content);
                    _kernel.Client.Answer(answers.TryDequeue(out var answer) ? answer : "");
                }

                if (clock.Elapsed.TotalSeconds > interrupt)
                {
                    interrupt = null;
                    _kernel.Interrupt();
                }

                if (_kernel.HasExited) return;
                if (clock.Elapsed > timeout) throw new TimeoutException($"The cell has not ended after {timeout.TotalSeconds} s.");
                if (_kernel.Client.TryOutput(Tick) is not { } output || output.ParentId != id) continue;
                if (output.Type == "status" && (string?)output.Content["execution_state"] == "idle") break;
                outputs.Add(output);
            }

            Same("status of the reply", (string?)step["status"] ?? "ok", (string?)_kernel.Client.ReplyTo(id, timeout).Content["status"]);
            Compare(step, outputs, asked);
        }

        private void Compare(JsonObject step, List<JupyterMessage> outputs, List<JsonObject> asked)
        {
            foreach (var kind in Texts(step["no"]))
            {
                if (outputs.FirstOrDefault(output => KindOf(output) == kind) is { } found)
                    Note($"'{kind}' came: {TextOf(found)}");
            }

            // In this order; others may come between.
            var next = 0;
            foreach (var wanted in (step["outputs"] as JsonArray ?? []).Select(each => each!.AsObject()))
            {
                var found = next;
                while (found < outputs.Count && Difference(wanted, outputs[found]) is not null) found++;
                if (found == outputs.Count)
                {
                    var candidate = outputs.Skip(next).FirstOrDefault(output => KindOf(output) == (string?)wanted["type"]);
                    Note(candidate is null
                        ? $"no '{wanted["type"]}' came, only {string.Join(", ", outputs.Select(output => KindOf(output) + " " + TextOf(output)))}"
                        : Difference(wanted, candidate)!);
                    break;
                }

                next = found + 1;
                CheckDisplay((string?)wanted["display_id"], outputs[found]);
            }

            CheckQuestions(step["asked"] as JsonArray, asked);
            if (step["pids"] is not null) NoteChildren(outputs);
        }

        private static string? Difference(JsonObject wanted, JupyterMessage output)
        {
            if (KindOf(output) != (string?)wanted["type"]) return $"a {KindOf(output)}";
            if (Missing(wanted["text"], TextOf(output)) is { } text) return $"'{text}' is not in: {TextOf(output)}";
            foreach (var (type, texts) in wanted["mime"] as JsonObject ?? [])
            {
                if (output.Content["data"]?[type] is not { } form) return $"no {type} among {output.Content["data"]?.ToJsonString()}";
                if (Missing(texts, FormOf(form)) is { } missing) return $"{type} has no '{missing}': {FormOf(form)}";
            }

            foreach (var (type, texts) in wanted["mime_not"] as JsonObject ?? [])
            {
                if (output.Content["data"]?[type] is { } form && Texts(texts).FirstOrDefault(each => Has(FormOf(form), each)) is { } found)
                    return $"{type} has '{found}': {FormOf(form)}";
            }

            return null;
        }

        private void CheckDisplay(string? name, JupyterMessage output)
        {
            if (name is null) return;
            var id = (string?)output.Content["transient"]?["display_id"];
            if (id is null)
                Note($"the {output.Type} has no display_id");
            else if (_displays.TryGetValue(name, out var known))
                Same($"display_id of {name}", known, id);
            else if (!_displays.TryAdd(name, id) || _displays.Count(display => display.Value == id) > 1)
                Note($"the display_id of {name} is another display's");
        }

        private void CheckQuestions(JsonArray? wanted, List<JsonObject> asked)
        {
            if ((wanted?.Count ?? 0) != asked.Count) Note($"{asked.Count} questions were asked, not {wanted?.Count ?? 0}");
            foreach (var (question, given) in (wanted ?? []).Zip(asked))
            {
                if (Missing(question!["prompt"], (string?)given["prompt"] ?? "") is { } missing) Note($"the prompt has no '{missing}': {given["prompt"]}");
                if ((bool?)question["password"] is { } password && password != (bool?)given["password"]) Note($"password is {given["password"]}, not {password}");
            }
        }

        private void NoteChildren(List<JupyterMessage> outputs)
        {
            var printed = string.Concat(outputs.Where(output => KindOf(output) == "stream:stdout").Select(TextOf));
            int[] children = [.. printed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            _children.AddRange(children);
            if (children.Length == 0 || !children.All(IsThere)) Note($"the processes are not there: '{printed}'");
        }

        private void End(bool restart, TimeSpan timeout)
        {
            _kernel.Client.SendControl("shutdown_request", new JsonObject { ["restart"] = restart });
            _kernel.Client.ControlReply(timeout);
            if (!_kernel.WaitForExit(timeout)) Note("the kernel goes on after its shutdown");
            var clock = Stopwatch.StartNew();
            while (_children.Any(IsThere) && clock.Elapsed < UntilGone) Thread.Sleep(Tick);
            foreach (var child in _children.Where(IsThere)) Note($"process {child} is there still");
            if (!restart) return;
            _kernel.Dispose();
            _kernel = KernelProcess.StartReady(spec);
        }

        private void Same(string what, string? wanted, string? found)
        {
            if (wanted != found) Note($"{what} is {found}, not {wanted}");
        }
    }

    private static string KindOf(JupyterMessage output) => output.Type == "stream" ? $"stream:{output.Content["name"]}" : output.Type;

    private static string TextOf(JupyterMessage output) => output.Type switch
    {
        "stream" => (string?)output.Content["text"] ?? "",
        "error" => $"{output.Content["ename"]}: {output.Content["evalue"]}\n{string.Join('\n', Texts(output.Content["traceback"]))}",
        _ => output.Content.ToJsonString(),
    };

    private static string FormOf(JsonNode form) => form.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)form! : form.ToJsonString();

    private static IEnumerable<string> Texts(JsonNode? list) => (list as JsonArray ?? []).Select(text => (string)text!);

    private static string? Missing(JsonNode? wanted, string text) => Texts(wanted).FirstOrDefault(each => !each.Split('|').Any(either => Has(text, either)));

    private static bool Has(string text, string piece) => text.Contains(piece, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a process runs. One that has ended, but which nobody has asked about, does not.</summary>
    private static bool IsThere(int id)
    {
        if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
        {
            var status = $"/proc/{id}/status";
            try
            {
                return !File.ReadLines(status).Any(line => line.StartsWith("State:\tZ", StringComparison.Ordinal));
            }
            catch (IOException)
            {
                return false;
            }
        }

        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
