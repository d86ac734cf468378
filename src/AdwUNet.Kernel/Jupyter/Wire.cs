using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>
/// The five sockets of a kernel. One thread owns them, receives, echoes heartbeats and sends what others queue; it never
/// waits for running code.
/// </summary>
internal sealed class Wire : IDisposable
{
    /// <summary>The largest accepted frame. Front ends do not send larger ones; accepting them would let a sender exhaust the memory.</summary>
    private const long LargestFrame = 64 << 20;

    private const byte Subscription = 1;

    /// <summary>The amount of unsent output at which cells that print must wait.</summary>
    private const long MostWaiting = 32 << 20;

    /// <summary>After how many messages sent the other sockets get their turn.</summary>
    private const int Turn = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Framing _framing;
    private readonly RouterSocket _shell;
    private readonly RouterSocket _control;
    private readonly RouterSocket _stdin;
    private readonly RouterSocket _heartbeat;
    private readonly XPublisherSocket _outputs;
    private readonly NetMQQueue<(NetMQSocket Socket, List<byte[]> Frames)> _outbox = new();
    private readonly NetMQPoller _poller;
    private readonly Thread _thread;
    private long _received;
    private long _queuedBytes;

    /// <summary>Opens the sockets; nothing is received before <see cref="Start"/>.</summary>
    /// <exception cref="NotebookException">An address is not free.</exception>
    public Wire(ConnectionFile connection)
    {
        CountedBuffers.Use();
        (_shell, _control, _stdin, _heartbeat, _outputs) = (new(), new(), new(), new(), new());
        _framing = new Framing(new MessageSigner(connection.Key));
        foreach (var (socket, port) in ((NetMQSocket, int)[])
            [
                (_heartbeat, connection.HeartbeatPort),
                (_outputs, connection.IOPubPort),
                (_stdin, connection.StdinPort),
                (_control, connection.ControlPort),
                (_shell, connection.ShellPort),
            ])
        {
            Bind(socket, connection.AddressOf(port));
        }

        _shell.ReceiveReady += (_, _) => Receive(_shell, request => ShellReceived?.Invoke(request));
        _control.ReceiveReady += (_, _) => Receive(_control, request => ControlReceived?.Invoke(request));
        _stdin.ReceiveReady += (_, _) => Receive(_stdin, request => InputReceived?.Invoke(request));
        _heartbeat.ReceiveReady += (_, _) => Echo();
        _outputs.ReceiveReady += (_, _) => Welcome();
        _outbox.ReceiveReady += (_, _) => SendQueued();
        _poller = [_heartbeat, _outputs, _stdin, _control, _shell, _outbox];
        _thread = new Thread(_poller.Run) { Name = "jupyter", IsBackground = true };
    }

    /// <summary>A request came on the shell socket. Called on the sockets' thread.</summary>
    public event Action<Request>? ShellReceived;

    /// <summary>A request came on the control socket. Called on the sockets' thread.</summary>
    public event Action<Request>? ControlReceived;

    /// <summary>An answer to a question came. Called on the sockets' thread.</summary>
    public event Action<Request>? InputReceived;

    /// <summary>How many messages came so far.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void Start() => _thread.Start();

    /// <summary>Answers a request of the shell socket.</summary>
    public void ReplyOnShell(Request request, JsonObject content) => Reply(_shell, request, content);

    /// <summary>Answers a request of the control socket.</summary>
    public void ReplyOnControl(Request request, JsonObject content) => Reply(_control, request, content);

    /// <summary>Asks the front end that sent a request for input.</summary>
    public void Ask(Request request, JsonObject content) =>
        Queue(_stdin, _framing.Write(request.Identities, "input_request", request.Header, content));

    /// <summary>Sends a message to all front ends.</summary>
    /// <param name="type">The type of message.</param>
    /// <param name="parent">The header of the request that led to it; empty where none did.</param>
    /// <param name="content">The content.</param>
    public void Publish(string type, byte[] parent, JsonObject content) =>
        Queue(_outputs, _framing.Write([_framing.TopicOf(type)], type, parent, content));

    /// <summary>Waits while front ends have much to read.</summary>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    public void AwaitRoom(CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref _queuedBytes) + CountedBuffers.Bytes > MostWaiting)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Sends what is queued and closes the sockets.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            _poller.Stop();
            _thread.Join();
        }

        while (!_outbox.IsEmpty)
            SendQueued();
        _poller.Dispose();
        _outbox.Dispose();
        foreach (var socket in (NetMQSocket[])[_shell, _control, _stdin, _heartbeat, _outputs])
            socket.Dispose();
    }

    private static void Bind(NetMQSocket socket, string address)
    {
        var options = socket.Options;
        options.IPv4Only = !address.Contains('[', StringComparison.Ordinal);
        // No message is dropped: a slow front end gets all messages eventually.
        options.SendHighWatermark = 0;
        options.ReceiveHighWatermark = 0;
        options.MaxMsgSize = LargestFrame;
        options.Linger = Linger;
        switch (socket)
        {
            case RouterSocket router:
                // A front end that reconnects under its name is the same front end.
                router.Options.RouterHandover = true;
                break;
            case XPublisherSocket publisher:
                publisher.Options.XPubVerbose = true;
                break;
        }

        try
        {
            socket.Bind(address);
        }
        catch (NetMQException exception)
        {
            throw new NotebookException($"The address {address} of the connection file cannot be used: {exception.Message}", exception);
        }
    }

    private void Reply(RouterSocket socket, Request request, JsonObject content) =>
        Queue(socket, _framing.Write(request.Identities, request.ReplyType, request.Header, content));

    private void Queue(NetMQSocket socket, List<byte[]> frames)
    {
        Interlocked.Add(ref _queuedBytes, SizeOf(frames));
        _outbox.Enqueue((socket, frames));
    }

    private void Receive(RouterSocket socket, Action<Request> handle)
    {
        var message = new NetMQMessage();
        while (socket.TryReceiveMultipartMessage(ref message))
        {
            if (_framing.TryRead([.. message.Select(frame => frame.ToByteArray())]) is { } request)
                handle(request with { Number = Interlocked.Increment(ref _received) });
        }
    }

    private void Echo()
    {
        var beat = new NetMQMessage();
        while (_heartbeat.TryReceiveMultipartMessage(ref beat))
            _heartbeat.TrySendMultipartMessage(beat);
    }

    /// <summary>Tells a front end that it receives all further messages.</summary>
    private void Welcome()
    {
        while (_outputs.TryReceiveFrameBytes(out var frame))
        {
            if (frame is not [Subscription, .. var topic])
                continue;
            var content = new JsonObject { ["subscription"] = Encoding.UTF8.GetString(topic) };
            Send(_outputs, _framing.Write([topic], "iopub_welcome", [], content));
        }
    }

    private void SendQueued()
    {
        for (var i = 0; i < Turn && _outbox.TryDequeue(out var message, TimeSpan.Zero); i++)
        {
            Send(message.Socket, message.Frames);
            Interlocked.Add(ref _queuedBytes, -SizeOf(message.Frames));
        }
    }

    private static void Send(NetMQSocket socket, List<byte[]> frames) => socket.TrySendMultipartBytes(TimeSpan.Zero, frames);

    private static int SizeOf(List<byte[]> frames) => frames.Sum(frame => frame.Length);
}
