using System.Text.Json.Nodes;
using AdwUNet.Kernel.Notebooks;

namespace AdwUNet.Kernel.Jupyter;

/// <summary>The address at which a front end expects its kernel, and the key by which the two know each other.</summary>
/// <param name="Ip">The interface to listen on, and no other.</param>
/// <param name="ShellPort">The port of the requests to run code and to ask about it.</param>
/// <param name="ControlPort">The port of the requests that are not to wait behind running code.</param>
/// <param name="StdinPort">The port on which the kernel asks for input.</param>
/// <param name="IOPubPort">The port of the outputs, for all front ends.</param>
/// <param name="HeartbeatPort">The port of the heartbeat.</param>
/// <param name="Key">The key of the signatures; empty where messages are not signed.</param>
internal sealed record ConnectionFile(
    string Ip, int ShellPort, int ControlPort, int StdinPort, int IOPubPort, int HeartbeatPort, string Key)
{
    private const int LargestPort = ushort.MaxValue;

    /// <summary>Reads the file that a front end writes for its kernel.</summary>
    /// <exception cref="NotebookException">There is no such file, or it has unsupported settings.</exception>
    public static ConnectionFile Load(string path)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"The connection file '{path}' cannot be read: {exception.Message}", exception);
        }

        if (JsonReading.TryParse(text) is not JsonObject json)
            throw new NotebookException($"The connection file '{path}' is not a JSON object.");
        var transport = json.Text("transport") ?? "tcp";
        if (transport != "tcp")
            throw new NotebookException($"The connection file '{path}' asks for the transport '{transport}': only tcp is supported.");
        var scheme = json.Text("signature_scheme") ?? MessageSigner.Scheme;
        if (scheme != MessageSigner.Scheme)
            throw new NotebookException($"The connection file '{path}' asks for the signature scheme '{scheme}': only {MessageSigner.Scheme} is supported.");
        return new ConnectionFile(
            json.Text("ip") is { Length: > 0 } ip ? ip : throw new NotebookException($"The connection file '{path}' has no 'ip'."),
            Port("shell_port"),
            Port("control_port"),
            Port("stdin_port"),
            Port("iopub_port"),
            Port("hb_port"),
            json.Text("key") ?? "");

        int Port(string name) =>
            json[name] is JsonValue value && value.TryGetValue(out int port) && port is > 0 and <= LargestPort
                ? port
                : throw new NotebookException($"The connection file '{path}' names no port under '{name}'.");
    }

    /// <summary>The address of one of the ports, as sockets take it.</summary>
    public string AddressOf(int port) => Ip.Contains(':', StringComparison.Ordinal) ? $"tcp://[{Ip.Trim('[', ']')}]:{port}" : $"tcp://{Ip}:{port}";
}
