using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>A Jupyter Notebook server of a folder, on this machine alone, with our kernel and none of the user's settings.</summary>
internal sealed class NotebookServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _home = Directory.CreateTempSubdirectory("adwunet-jupyter-").FullName;
    private readonly string _address;
    private readonly string _token = Guid.NewGuid().ToString("N");

    private NotebookServer(string python, string folder, InstalledKernel kernel)
    {
        var port = FreePort();
        _address = $"http://127.0.0.1:{port}/";
        var start = new ProcessStartInfo(python,
        [
            "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--port-retries=0",
            $"--NotebookApp.token={_token}", $"--notebook-dir={folder}",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["JUPYTER_PATH"] = kernel.DataFolder;
        foreach (var variable in new[] { "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR" })
        {
            start.Environment[variable] = _home;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Log += line.Data + "\n";
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What the server wrote.</summary>
    public string Log { get; private set; } = "";

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<NotebookServer> StartAsync(string python, string folder, InstalledKernel kernel, CancellationToken cancellationToken)
    {
        var server = new NotebookServer(python, folder, kernel);
        using var client = new HttpClient();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience && !server._process.HasExited;)
        {
            try
            {
                (await client.GetAsync(server._address + "api", cancellationToken)).EnsureSuccessStatusCode();
                return server;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(200, cancellationToken);
            }
        }

        server.Dispose();
        throw new TimeoutException($"The notebook server does not answer: {server.Log}");
    }

    /// <summary>The page of a notebook.</summary>
    public string PageOf(string notebook) => $"{_address}notebooks/{notebook}?token={_token}";

    /// <summary>Whether an address is this server's.</summary>
    public bool Owns(string address) => address.StartsWith(_address, StringComparison.Ordinal)
        || address.StartsWith(_address.Replace("http:", "ws:", StringComparison.Ordinal), StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        // With its kernels.
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
