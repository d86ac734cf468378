using AdwUNet.Kernel.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

public sealed class ConnectionFileTests : IDisposable
{
    private const string Valid = """
        {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 65535, "ip": "127.0.0.1", "key": "k",
         "transport": "tcp", "signature_scheme": "hmac-sha256", "kernel_name": ".net-csharp"}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ConnectionFile Load(string text) => ConnectionFile.Load(_folder.Write("connection.json", text));

    [Fact]
    public void What_a_front_end_writes_is_read()
    {
        Assert.Equal(new ConnectionFile("127.0.0.1", 1, 4, 3, 2, 65535, "k"), Load(Valid));
        Assert.Equal("tcp://127.0.0.1:9", Load(Valid).AddressOf(9));
        Assert.Equal("tcp://[::1]:9", Load(Valid.Replace("127.0.0.1", "::1", StringComparison.Ordinal)).AddressOf(9));
    }

    [Theory]
    [InlineData("\"tcp\"", "\"ipc\"", "asks for the transport 'ipc'")]
    [InlineData("hmac-sha256", "hmac-md5", "asks for the signature scheme 'hmac-md5'")]
    [InlineData("\"ip\"", "\"no\"", "has no 'ip'")]
    [InlineData("65535", "65536", "names no port under 'hb_port'")]
    [InlineData("65535", "\"1\"", "names no port under 'hb_port'")]
    [InlineData("\"shell_port\"", "\"shell\"", "names no port under 'shell_port'")]
    [InlineData("{", "", "is not a JSON object")]
    public void Invalid_file_is_refused_in_one_sentence_that_names_it(string part, string instead, string message)
    {
        var error = Assert.Throws<NotebookException>(() => Load(Valid.Replace(part, instead, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.PathOf("connection.json"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("gone.json' cannot be read", Assert.Throws<NotebookException>(() => ConnectionFile.Load(_folder.PathOf("gone.json"))).Message, StringComparison.Ordinal);
}
