using System.Text.Json.Nodes;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>Runs cells for front ends.</summary>
internal sealed class ExecuteRequests(Wire wire, Session session, History history, Inputs inputs)
{
    /// <summary>
    /// How long queued requests may take to arrive: a front end that runs all cells has already sent those after a failing one, but
    /// some may not have arrived yet.
    /// </summary>
    private static readonly TimeSpan OnTheirWay = TimeSpan.FromMilliseconds(30);

    /// <summary>After this time, a message says that the cell is still finishing its step.</summary>
    private static readonly TimeSpan UntilTold = TimeSpan.FromSeconds(2);

    private Request? _running;
    private long _abortedUpTo;

    /// <summary>Asks the running cell to stop; asked again, stops it at once.</summary>
    public void Interrupt()
    {
        var time = session.Interrupt();
        if (time > UntilTold && Volatile.Read(ref _running) is { } request)
            _ = TellAsync(request, time);
    }

    /// <summary>Runs the cell of an <c>execute_request</c> and answers it.</summary>
    public async Task<JsonObject> AnswerAsync(Request request)
    {
        var asked = request.Content;
        if (request.Number <= _abortedUpTo)
            return new JsonObject { ["status"] = "aborted" };
        var code = asked.Text("code") ?? "";
        var isSilent = asked.Truth("silent") ?? false;
        var isStored = !isSilent && (asked.Truth("store_history") ?? true);
        var output = new JupyterOutput(wire, request.Header);
        if (!isSilent)
        {
            wire.Publish("execute_input", request.Header, new JsonObject
            {
                ["code"] = code,
                ["execution_count"] = session.ExecutionCount + (isStored ? 1 : 0),
            });
        }

        Volatile.Write(ref _running, request);
        var outcome = await session.ExecuteAsync(
            code, isSilent ? new SilentOutput() : output, CellLanguage.CSharp,
            asked.Truth("allow_stdin") ?? true ? inputs.For(request) : Inputs.Refused, isStored).ConfigureAwait(false);
        Volatile.Write(ref _running, null);
        if (isStored)
            history.Add(outcome.ExecutionCount, code, output.Value);
        if (outcome.Error is { } error)
        {
            if (asked.Truth("stop_on_error") ?? true)
                await AbortQueuedAsync().ConfigureAwait(false);
            return Failed(error, outcome.ExecutionCount);
        }

        return new JsonObject
        {
            ["status"] = "ok",
            ["execution_count"] = outcome.ExecutionCount,
            ["payload"] = new JsonArray(),
            ["user_expressions"] = await EvaluateAsync(asked["user_expressions"] as JsonObject ?? []).ConfigureAwait(false),
        };
    }

    private async Task TellAsync(Request request, TimeSpan time)
    {
        await Task.Delay(UntilTold).ConfigureAwait(false);
        if (Volatile.Read(ref _running) == request)
        {
            new JupyterOutput(wire, request.Header).Stream(
                StreamName.Stderr, $"Stopping: the cell may finish its step, for at most {time.TotalSeconds:0} s; interrupt again to stop it at once.\n");
        }
    }

    private static JsonObject Failed(CellError error, int count)
    {
        var content = JupyterOutput.ContentOf(error);
        content["status"] = "error";
        content["execution_count"] = count;
        content["payload"] = new JsonArray();
        content["user_expressions"] = new JsonObject();
        return content;
    }

    /// <summary>Aborts the queued cells: the front end sent them before it knew that this one failed.</summary>
    private async Task AbortQueuedAsync()
    {
        await Task.Delay(OnTheirWay).ConfigureAwait(false);
        _abortedUpTo = wire.Received;
    }

    private async Task<JsonObject> EvaluateAsync(JsonObject expressions)
    {
        var values = new JsonObject();
        foreach (var (name, _) in expressions)
        {
            var output = new SilentOutput();
            var outcome = await session.ExecuteAsync(
                expressions.Text(name) ?? "", output, CellLanguage.CSharp, Inputs.Refused, isCounted: false).ConfigureAwait(false);
            values[name] = outcome.Error is { } error
                ? ErrorOf(error)
                : new JsonObject
                {
                    ["status"] = "ok",
                    ["data"] = output.Value is { } value ? JupyterOutput.DataOf(value) : [],
                    ["metadata"] = new JsonObject(),
                };
        }

        return values;

        static JsonObject ErrorOf(CellError error)
        {
            var content = JupyterOutput.ContentOf(error);
            content["status"] = "error";
            return content;
        }
    }
}
