using System.Text.Json.Nodes;
using System.Threading.Channels;
using AdwUNet.Kernel.Execution;
using AdwUNet.Kernel.Language;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// Serves a session to front ends over the Jupyter messaging protocol. Requests of the shell socket are answered one after the other, in
/// order. Requests of the control socket are answered in parallel with them, also while a cell runs.
/// </summary>
internal sealed class KernelServer : IDisposable
{
    private readonly Wire _wire;
    private readonly History _history = new();
    private readonly LanguageRequests _language;
    private readonly ExecuteRequests _execution;
    private readonly Channel<Request> _shell = Channel.CreateUnbounded<Request>();
    private readonly Channel<Request> _control = Channel.CreateUnbounded<Request>();
    private readonly TaskCompletionSource _shutdown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens the sockets of a kernel. <see cref="RunAsync"/> answers the requests.</summary>
    public KernelServer(ConnectionFile connection, Session session)
    {
        _wire = new Wire(connection);
        _language = new LanguageRequests(new LanguageServices(session));
        _execution = new ExecuteRequests(_wire, session, _history, new Inputs(_wire));
        _wire.ShellReceived += request => _shell.Writer.TryWrite(request);
        _wire.ControlReceived += request => _control.Writer.TryWrite(request);
    }

    /// <summary>Answers requests until a front end shuts the kernel down or <see cref="Stop"/> is called.</summary>
    public async Task RunAsync()
    {
        _wire.Start();
        _wire.Publish("status", [], Status("starting"));
        _ = LoopAsync(_shell.Reader, AnswerShellAsync, _wire.ReplyOnShell);
        _ = LoopAsync(_control.Reader, request => Task.FromResult(AnswerControl(request)), _wire.ReplyOnControl);
        await _shutdown.Task.ConfigureAwait(false);
    }

    /// <summary>Asks the running cell to stop; the second call stops it at once.</summary>
    public void Interrupt() => _execution.Interrupt();

    /// <summary>Ends the kernel.</summary>
    public void Stop() => _shutdown.TrySetResult();

    /// <summary>Sends the pending messages and closes the sockets.</summary>
    public void Dispose() => _wire.Dispose();

    private static JsonObject Status(string state) => new() { ["execution_state"] = state };

    private async Task LoopAsync(ChannelReader<Request> requests, Func<Request, Task<JsonObject?>> answer, Action<Request, JsonObject> reply)
    {
        await foreach (var request in requests.ReadAllAsync().ConfigureAwait(false))
        {
            _wire.Publish("status", request.Header, Status("busy"));
            var content = await AnswerGuardedAsync(request, answer).ConfigureAwait(false);
            if (content is not null)
            {
                content.TryAdd("status", "ok");
                reply(request, content);
            }

            _wire.Publish("status", request.Header, Status("idle"));
            if (request.Type == "shutdown_request")
                Stop();
        }
    }

    private static async Task<JsonObject?> AnswerGuardedAsync(Request request, Func<Request, Task<JsonObject?>> answer)
    {
        try
        {
            return await answer(request).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A failed request gets an error reply; the kernel continues with the next one.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var content = JupyterOutput.ContentOf(ErrorReport.Of(exception, new Dictionary<string, string>()));
            content["status"] = "error";
            return content;
        }
    }

    private async Task<JsonObject?> AnswerShellAsync(Request request) => request.Type switch
    {
        "execute_request" => await _execution.AnswerAsync(request).ConfigureAwait(false),
        "is_complete_request" or "complete_request" or "inspect_request" => await _language.AnswerAsync(request).ConfigureAwait(false),
        "history_request" => _history.Answer(request.Content),
        "comm_info_request" => new JsonObject { ["comms"] = new JsonObject() },
        "comm_open" => RefuseComm(request),
        "comm_msg" or "comm_close" => null,
        _ => AnswerControl(request),
    };

    private JsonObject? AnswerControl(Request request)
    {
        switch (request.Type)
        {
            case "kernel_info_request":
                return KernelInfo.Answer();
            case "interrupt_request":
                Interrupt();
                return [];
            case "shutdown_request":
                var restart = request.Body.Truth("restart") ?? false;
                _wire.Publish("shutdown_reply", request.Header, new JsonObject { ["status"] = "ok", ["restart"] = restart });
                return new JsonObject { ["restart"] = restart };
            default:
                throw new NotebookException($"Messages of type '{request.Type}' are not supported.");
        }
    }

    /// <summary>Closes a comm at once, because the kernel supports none.</summary>
    private JsonObject? RefuseComm(Request request)
    {
        _wire.Publish("comm_close", request.Header, new JsonObject { ["comm_id"] = request.Body.Text("comm_id"), ["data"] = new JsonObject() });
        return null;
    }
}
