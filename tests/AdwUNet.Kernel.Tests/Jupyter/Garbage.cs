using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AdwUNet.Tests.Jupyter;
using NetMQ;
using NetMQ.Sockets;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>Sends what no front end would send, to all sockets that take anything.</summary>
internal sealed class Garbage(Connection connection, int seed)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();

    private readonly Random _random = new(seed);

    /// <summary>Sends messages of all kinds in turn, and waits until the kernel has taken them.</summary>
    /// <exception cref="TimeoutException">A socket no longer answers.</exception>
    public void Send(int count)
    {
        using var shell = new DealerSocket();
        using var control = new DealerSocket();
        using var stdin = new DealerSocket();
        using var heartbeat = new DealerSocket();
        (DealerSocket Socket, string Address)[] sockets =
            [(shell, connection.Shell), (control, connection.Control), (stdin, connection.Stdin), (heartbeat, connection.Heartbeat)];
        foreach (var (socket, address) in sockets)
        {
            socket.Options.Linger = TimeSpan.Zero;
            socket.Options.SendHighWatermark = 0;
            socket.Options.ReceiveHighWatermark = 0;
            socket.Connect(address);
        }

        for (var number = 0; number < count; number++)
        {
            var message = Message(number);
            // A message without frames is none.
            if (message.FrameCount == 0) message.AppendEmptyFrame();
            sockets[number % sockets.Length].Socket.SendMultipartMessage(message);
        }

        // What comes last on a connection is answered last.
        foreach (var socket in new[] { shell, control })
        {
            var last = JupyterMessage.New("last", "kernel_info_request", []);
            socket.SendMultipartMessage(last.ToFrames(connection.Key));
            Await(socket, message => JupyterMessage.FromFrames(message, connection.Key).ParentId == last.Id);
        }

        heartbeat.SendMultipartMessage(new NetMQMessage(["last"u8.ToArray()]));
        Await(heartbeat, message => message.Last.ConvertToString() == "last");
    }

    private static void Await(DealerSocket socket, Func<NetMQMessage, bool> isLast)
    {
        var message = new NetMQMessage();
        do
        {
            if (!socket.TryReceiveMultipartMessage(KernelClient.Patience, ref message)) throw new TimeoutException("The last message was not answered.");
        }
        while (!isLast(message));
    }

    /// <summary>Opens connections that break in the middle of a greeting, of a frame, or of a frame that claims to be huge.</summary>
    public void BreakConnections(int count)
    {
        for (var number = 0; number < count; number++)
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, connection.Ports[number % connection.Ports.Count]);
            var stream = client.GetStream();
            byte[] bytes = (number % 4) switch
            {
                0 => Bytes(64),
                1 => Greeting()[..20],
                2 => [.. Greeting(), .. Ready(), 0x00, 200, .. Bytes(20)],
                _ => [.. Greeting(), .. Ready(), 0x02, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. Bytes(20)],
            };
            try
            {
                stream.Write(bytes);
            }
            catch (IOException)
            {
                // It has hung up already.
            }
        }
    }

    private NetMQMessage Message(int number) => (number / 4 % 6) switch
    {
        0 => Frames(_random.Next(8)),
        1 => WithSignature(Encoding.UTF8.GetBytes(new string('0', 64))),
        2 => Truncated(),
        3 => Signed(["{", "{}", "{}", "{}"]),
        4 => Signed(["[]", "null", "7", "\"text\""]),
        _ => Signed([Header("no_such_request"), "{}", "{}", "{\"code\": 5}"]),
    };

    private NetMQMessage Frames(int count)
    {
        var message = new NetMQMessage();
        for (var frame = 0; frame < count; frame++)
            message.Append(Bytes(_random.Next(200)));
        return message;
    }

    private NetMQMessage WithSignature(byte[] signature)
    {
        var message = Signed([Header("execute_request"), "{}", "{}", "{\"code\": \"Environment.Exit(1);\"}"]);
        var forged = new NetMQMessage();
        foreach (var (index, frame) in message.Index())
            forged.Append(index == 1 ? signature : frame.ToByteArray());
        return forged;
    }

    private NetMQMessage Truncated()
    {
        var message = Frames(_random.Next(5));
        message.Push(Delimiter);
        return message;
    }

    // Rightly signed, and yet no request.
    private NetMQMessage Signed(string[] parts)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHMAC(
            System.Security.Cryptography.HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(connection.Key));
        foreach (var part in parts)
            hash.AppendData(Encoding.UTF8.GetBytes(part));
        var message = new NetMQMessage();
        message.Append(Delimiter);
        message.Append(Convert.ToHexStringLower(hash.GetHashAndReset()));
        foreach (var part in parts)
            message.Append(Encoding.UTF8.GetBytes(part));
        return message;
    }

    private static string Header(string type) =>
        new JsonObject { ["msg_id"] = "garbage", ["session"] = "garbage", ["username"] = "x", ["date"] = "never", ["msg_type"] = type, ["version"] = "5.4" }.ToJsonString();

    // ZMTP 3.0 without security: https://rfc.zeromq.org/spec/23/
    private static byte[] Greeting() =>
        [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, .. "NULL"u8, .. new byte[16], 0, .. new byte[31]];

    private static byte[] Ready() =>
        [0x04, 28, 5, .. "READY"u8, 11, .. "Socket-Type"u8, 0, 0, 0, 6, .. "DEALER"u8];

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
