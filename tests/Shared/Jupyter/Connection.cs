using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace AdwUNet.Tests.Jupyter;

/// <summary>What a connection file says: five free ports of this machine and a key.</summary>
public sealed class Connection
{
    private readonly int[] _ports = FreePorts(5);

    /// <summary>The key that messages are signed with.</summary>
    public string Key { get; } = Guid.NewGuid().ToString();

    /// <summary>The ports of all five sockets.</summary>
    public IReadOnlyList<int> Ports => _ports;

    /// <summary>Requests.</summary>
    public string Shell => Address(0);

    /// <summary>Outputs.</summary>
    public string IOPub => Address(1);

    /// <summary>Requests for input.</summary>
    public string Stdin => Address(2);

    /// <summary>Requests that do not wait for a running cell.</summary>
    public string Control => Address(3);

    /// <summary>Echoes whatever it is sent.</summary>
    public string Heartbeat => Address(4);

    /// <summary>Writes the connection file.</summary>
    public void Write(string path) => File.WriteAllText(path, new JsonObject
    {
        ["shell_port"] = _ports[0],
        ["iopub_port"] = _ports[1],
        ["stdin_port"] = _ports[2],
        ["control_port"] = _ports[3],
        ["hb_port"] = _ports[4],
        ["ip"] = "127.0.0.1",
        ["key"] = Key,
        ["transport"] = "tcp",
        ["signature_scheme"] = "hmac-sha256",
        ["kernel_name"] = "test",
    }.ToJsonString());

    private string Address(int index) => $"tcp://127.0.0.1:{_ports[index]}";

    private static int[] FreePorts(int count)
    {
        // All held at once, so that they differ.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
