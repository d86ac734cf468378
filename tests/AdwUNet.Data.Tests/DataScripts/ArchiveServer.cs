using System.Net;
using System.Net.Sockets;

namespace AdwUNet.Data.Tests.DataScripts;

/// <summary>A web server on this machine that serves one archive, well or badly.</summary>
internal sealed class ArchiveServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<string?> _ranges = [];

    public ArchiveServer(byte[] archive)
    {
        Archive = archive;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        }

        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public string Address { get; }

    public byte[] Archive { get; set; }

    public string? ETag { get; set; } = "\"one\"";

    public bool KnowsRanges { get; set; } = true;

    /// <summary>Whether the If-Range header is understood; a server that is not may send a part of another version.</summary>
    public bool KnowsIfRange { get; set; } = true;

    /// <summary>How many of the next answers break off half way.</summary>
    public int Breaks { get; set; }

    /// <summary>If not 200, the answer to everything, or to the next <see cref="Refusals"/> requests.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Where such an answer sends to; null for nowhere.</summary>
    public string? Location { get; set; }

    /// <summary>After how many answers with <see cref="Status"/> all is well again.</summary>
    public int Refusals { get; set; } = int.MaxValue;

    /// <summary>The Range header of each request so far.</summary>
    public IReadOnlyList<string?> Ranges => _ranges;

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                await Answer(await _listener.GetContextAsync());
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The client went away, or the test is over.
            }
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var range = request.Headers["Range"];
        _ranges.Add(range);
        if (Status != 200 && Refusals-- > 0)
        {
            response.StatusCode = Status;
            if (Location is not null)
            {
                response.Headers["Location"] = Location;
            }

            response.Close();
            return;
        }

        if (ETag is not null)
        {
            response.Headers["ETag"] = ETag;
        }

        var from = 0;
        if (KnowsRanges && range is not null && (!KnowsIfRange || request.Headers["If-Range"] is null || request.Headers["If-Range"] == ETag))
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'));
            if (from >= Archive.Length)
            {
                response.StatusCode = 416;
                response.Headers["Content-Range"] = $"bytes */{Archive.Length}";
                response.Close();
                return;
            }

            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {from}-{Archive.Length - 1}/{Archive.Length}";
        }

        var rest = Archive.AsMemory(from);
        response.ContentLength64 = rest.Length;
        if (Breaks > 0)
        {
            Breaks--;
            await response.OutputStream.WriteAsync(rest[..(rest.Length / 2)]);
            await response.OutputStream.FlushAsync();
            response.Abort();
            return;
        }

        await response.OutputStream.WriteAsync(rest);
        response.Close();
    }
}
