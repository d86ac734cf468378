using System.Diagnostics;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace AdwUNet.Tests.Jupyter;

/// <summary>A front end of one kernel. Not for use by several threads at once.</summary>
public sealed class KernelClient : IDisposable
{
    /// <summary>Long enough for anything that is to come at all, on a machine that does other things too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Connection _connection;
    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly DealerSocket _shell = new();
    private readonly DealerSocket _control = new();
    private readonly DealerSocket _stdin = new();
    private readonly SubscriberSocket _output = new();

    /// <summary>Connects; the kernel need not be there yet.</summary>
    public KernelClient(Connection connection)
    {
        _connection = connection;
        foreach (var (socket, address) in new (NetMQSocket, string)[]
            { (_shell, connection.Shell), (_control, connection.Control), (_stdin, connection.Stdin), (_output, connection.IOPub) })
        {
            // The kernel finds who is to answer its request for input by the identity of who asked for the execution.
            if (socket is not SubscriberSocket) socket.Options.Identity = System.Text.Encoding.UTF8.GetBytes(_session);
            socket.Options.Linger = TimeSpan.Zero;
            socket.Options.ReconnectInterval = TimeSpan.FromMilliseconds(10);
            // Nothing may be lost on this side.
            socket.Options.ReceiveHighWatermark = 0;
            socket.Options.SendHighWatermark = 0;
            socket.Connect(address);
        }

        _output.SubscribeToAnyTopic();
    }

    /// <summary>Sends a request on the shell socket.</summary>
    /// <returns>Its identifier.</returns>
    public string Send(string type, JsonObject content) => Send(_shell, type, content);

    /// <summary>Sends a request on the control socket.</summary>
    /// <returns>Its identifier.</returns>
    public string SendControl(string type, JsonObject? content = null) => Send(_control, type, content ?? []);

    /// <summary>Answers the kernel's request for input.</summary>
    public void Answer(string input) => Send(_stdin, "input_reply", new JsonObject { ["value"] = input });

    /// <summary>The next reply on the shell socket.</summary>
    public JupyterMessage Reply(TimeSpan? patience = null) => Receive(_shell, "reply", patience);

    /// <summary>The reply to a request; those to earlier requests, for which nobody waited, are passed over.</summary>
    public JupyterMessage ReplyTo(string id, TimeSpan? patience = null)
    {
        JupyterMessage reply;
        do
        {
            reply = Reply(patience);
        }
        while (reply.ParentId != id);
        return reply;
    }

    /// <summary>The next reply on the control socket.</summary>
    public JupyterMessage ControlReply(TimeSpan? patience = null) => Receive(_control, "control reply", patience);

    /// <summary>The next message on the output socket.</summary>
    public JupyterMessage Output(TimeSpan? patience = null) => Receive(_output, "output", patience);

    /// <summary>The next message on the output socket, or null where none comes in time.</summary>
    public JupyterMessage? TryOutput(TimeSpan patience) => TryReceive(_output, patience);

    /// <summary>The kernel's next request for input, or null where none comes in time.</summary>
    public JupyterMessage? TryInputRequest(TimeSpan patience) => TryReceive(_stdin, patience);

    /// <summary>The kernel's next request for input.</summary>
    public JupyterMessage InputRequest() => Receive(_stdin, "request for input", null);

    /// <summary>A request on the shell socket and its reply.</summary>
    public JupyterMessage Ask(string type, JsonObject content, TimeSpan? patience = null) => ReplyTo(Send(type, content), patience);

    /// <summary>Sends a request whose content is this text, which need not be good JSON.</summary>
    /// <returns>Its identifier.</returns>
    public string SendRaw(string type, string content)
    {
        var message = JupyterMessage.New(_session, type, []);
        _shell.SendMultipartMessage(message.ToFrames(_connection.Key, content));
        return message.Id;
    }

    /// <summary>Sends code to be executed.</summary>
    /// <returns>The request's identifier.</returns>
    public string SendCode(string code, bool silent = false, bool storeHistory = true, bool stopOnError = true, bool allowStdin = false) =>
        Send("execute_request", new JsonObject
        {
            ["code"] = code,
            ["silent"] = silent,
            ["store_history"] = storeHistory,
            ["user_expressions"] = new JsonObject(),
            ["allow_stdin"] = allowStdin,
            ["stop_on_error"] = stopOnError,
        });

    /// <summary>Executes code and waits for all that it gives.</summary>
    public Execution Execute(string code, TimeSpan? patience = null) => Collect(SendCode(code), patience);

    /// <summary>Waits for all that an execution gives: its outputs up to the kernel's <c>idle</c>, and its reply.</summary>
    public Execution Collect(string id, TimeSpan? patience = null)
    {
        var outputs = new List<JupyterMessage>();
        while (true)
        {
            var output = Output(patience);
            if (output.ParentId != id) continue;
            outputs.Add(output);
            if (output.Type == "status" && (string?)output.Content["execution_state"] == "idle") break;
        }

        return new Execution(outputs, ReplyTo(id, patience));
    }

    /// <summary>Waits until the kernel answers and its outputs arrive here.</summary>
    public void WaitUntilReady(TimeSpan? patience = null)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < (patience ?? Patience))
        {
            var id = Send("kernel_info_request", []);
            ReplyTo(id, patience);
            // What is published before the subscription has reached the kernel is lost: then ask again.
            while (TryReceive(_output, TimeSpan.FromMilliseconds(200)) is { } output)
            {
                if (output.ParentId == id && (string?)output.Content["execution_state"] == "idle") return;
            }
        }

        throw new TimeoutException("The kernel answers, but its outputs do not arrive.");
    }

    /// <summary>Whether the heartbeat echoes.</summary>
    public bool HeartBeats(TimeSpan? patience = null)
    {
        using var socket = new RequestSocket();
        socket.Options.Linger = TimeSpan.Zero;
        socket.Connect(_connection.Heartbeat);
        socket.SendFrame("beat");
        return socket.TryReceiveFrameString(patience ?? Patience, out var echo) && echo == "beat";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shell.Dispose();
        _control.Dispose();
        _stdin.Dispose();
        _output.Dispose();
    }

    private string Send(DealerSocket socket, string type, JsonObject content)
    {
        var message = JupyterMessage.New(_session, type, content);
        socket.SendMultipartMessage(message.ToFrames(_connection.Key));
        return message.Id;
    }

    private JupyterMessage Receive(NetMQSocket socket, string what, TimeSpan? patience) =>
        TryReceive(socket, patience ?? Patience) ?? throw new TimeoutException($"No {what} came within {(patience ?? Patience).TotalSeconds:0.#} s.");

    private JupyterMessage? TryReceive(NetMQSocket socket, TimeSpan patience)
    {
        var frames = new NetMQMessage();
        return socket.TryReceiveMultipartMessage(patience, ref frames) ? JupyterMessage.FromFrames(frames, _connection.Key) : null;
    }
}
