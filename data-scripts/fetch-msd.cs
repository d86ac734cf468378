#!/usr/bin/env dotnet
#:property PublishAot=false

// Fetches one task of the Medical Segmentation Decathlon (Antonelli et al., Nature Communications 2022; CC-BY-SA 4.0) from
// its public mirror: downloads (and continues a broken download), checks, unpacks. What bears the task's name is whole:
// the download is called .part until its checksum is right, and the folder gets its name when everything is in it.

using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

const string Usage = """
    Fetches a dataset of the Medical Segmentation Decathlon into DIR/TASK.

      dotnet run data-scripts/fetch-msd.cs -- TASK DIR [options]

      --base-url URL     where TASK.tar lies (https://msd-for-monai.s3-us-west-2.amazonaws.com); https, or http on this machine
      --md5 HEX          the archive's checksum, for a mirror that packed it anew
      --retries N        how often a broken download is continued before giving up (5)
      --keep-archive     keep DIR/TASK.tar after unpacking
      --help             this text

    Run it again after an interruption: it continues where it stopped. TASK.tar in DIR is used if it is already there.
    Exit codes: 0 fetched or already there, 1 failed, 2 wrong arguments, 130 interrupted.

    Tasks:
    """;

string? task = null, folder = null, md5 = null;
var baseUrl = new Uri("https://msd-for-monai.s3-us-west-2.amazonaws.com");
var (retries, keepArchive) = (5, false);
try
{
    var queue = new Queue<string>(args);
    string Value(string option) => queue.TryDequeue(out var value) ? value : throw new FormatException($"{option} needs a value.");
    while (queue.TryDequeue(out var argument))
    {
        switch (argument)
        {
            case "--help" or "-h":
                Console.WriteLine(Usage + Tasks.List);
                return ExitCode.Done;
            case "--base-url":
                var text = Value(argument);
                baseUrl = Uri.TryCreate(text, UriKind.Absolute, out var uri) && Download.IsSafe(uri)
                    ? uri
                    : throw new FormatException($"{text} is not an https address; plain http is accepted only for this machine.");
                break;
            case "--md5":
                md5 = Value(argument).ToLowerInvariant();
                if (md5.Length != 32 || !md5.All(char.IsAsciiHexDigit))
                    throw new FormatException($"--md5 needs 32 hexadecimal digits, not \"{md5}\".");
                break;
            case "--retries":
                var count = Value(argument);
                if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out retries))
                    throw new FormatException($"--retries needs a whole number, not \"{count}\".");
                break;
            case "--keep-archive": keepArchive = true; break;
            case ['-', ..]: throw new FormatException($"There is no option {argument}.");
            default:
                if (folder is not null) throw new FormatException($"A task and a folder are enough; {argument} is a third.");
                (task, folder) = task is null ? (argument, null) : (task, argument);
                break;
        }
    }

    if (task is null || folder is null) throw new FormatException("Name a task and the folder to put it in.");
    if (!Tasks.Md5.TryGetValue(task, out var known))
        throw new FormatException($"There is no task {task}. The decathlon has:{Environment.NewLine}{Tasks.List}");
    md5 ??= known;
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine("Run with --help to see all options.");
    return ExitCode.WrongArguments;
}

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    cancellation.Cancel();
};
folder = Path.GetFullPath(folder);
var target = Path.Combine(folder, task);
var archive = target + ".tar";
try
{
    if (File.Exists(Path.Combine(target, "dataset.json")))
    {
        Console.WriteLine($"{target} is already there");
        return ExitCode.Done;
    }

    if (Path.Exists(target)) throw new FetchException($"{target} exists but has no dataset.json; move it away or choose another folder.");
    Directory.CreateDirectory(folder);
    var source = new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + $"/{task}.tar");
    if (File.Exists(archive))
    {
        var found = await Checksum(archive, cancellation.Token);
        if (found != md5)
            throw new FetchException($"{archive}, which was already there, has the MD5 checksum {found} instead of {md5}; remove it to download it anew.");
    }
    else
    {
        var download = new Download(source, archive + ".part");
        await download.Run(retries, cancellation.Token);
        var found = await Checksum(download.Part, cancellation.Token);
        if (found != md5)
        {
            download.Forget();
            throw new FetchException($"What {source} sent has the MD5 checksum {found} instead of {md5}; it was removed: try again, or use another mirror.");
        }

        File.Move(download.Part, archive);
        download.Forget();
    }

    var files = Archive.Unpack(archive, task, target, cancellation.Token);
    if (!keepArchive) File.Delete(archive);
    Console.WriteLine($"{target}: {files} files");
    return ExitCode.Done;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted; the same command continues.");
    return ExitCode.Interrupted;
}
catch (Exception exception) when (exception is FetchException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return ExitCode.Failed;
}

#pragma warning disable CA5351 // MD5 is what the mirror's checksums are known in; it guards against damage, https against forgery.
static async Task<string> Checksum(string path, CancellationToken cancellation)
{
    await using var stream = File.OpenRead(path);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Checking {stream.Length / 1e6:0.0} MB"));
    return Convert.ToHexStringLower(await MD5.HashDataAsync(stream, cancellation));
}
#pragma warning restore CA5351

internal static class ExitCode
{
    public const int Done = 0, Failed = 1, WrongArguments = 2, Interrupted = 130;
}

internal sealed class FetchException(string message) : Exception(message);

internal static class Tasks
{
    /// <summary>The checksums under which MONAI's DecathlonDataset knows the mirror's archives.</summary>
    public static readonly SortedDictionary<string, string> Md5 = new(StringComparer.Ordinal)
    {
        ["Task01_BrainTumour"] = "240a19d752f0d9e9101544901065d872",
        ["Task02_Heart"] = "06ee59366e1e5124267b774dbd654057",
        ["Task03_Liver"] = "a90ec6c4aa7f6a3d087205e23d4e6397",
        ["Task04_Hippocampus"] = "9d24dba78a72977dbd1d2e110310f31b",
        ["Task05_Prostate"] = "35138f08b1efaef89d7424d2bcc928db",
        ["Task06_Lung"] = "8afd997733c7fc0432f71255ba4e52dc",
        ["Task07_Pancreas"] = "4f7080cfca169fa8066d17ce6eb061e4",
        ["Task08_HepaticVessel"] = "641d79e80ec66453921d997fbf12a29c",
        ["Task09_Spleen"] = "410d4a301da4e5b2f6f86ec3ddba524e",
        ["Task10_Colon"] = "bad7a188931dc2f6acf72b08eb6202d0",
    };

    public static string List => string.Concat(Md5.Keys.Select(name => $"{Environment.NewLine}  {name}"));
}

/// <summary>A download into a .part file; the ETag beside it says of which version of the archive it is a part.</summary>
internal sealed class Download(Uri source, string part)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Statuses that say "later" and not "no".</summary>
    private static readonly HttpStatusCode[] Passing = [HttpStatusCode.RequestTimeout, HttpStatusCode.TooManyRequests];

    private const int MostRedirections = 5;

    private readonly string _tagFile = part + ".etag";
    private bool _hasReceived;

    public string Part => part;

    /// <summary>Whether what comes from an address is what its server sent: by https, or without a network.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    public void Forget()
    {
        File.Delete(part);
        File.Delete(_tagFile);
    }

    public async Task Run(int retries, CancellationToken cancellation)
    {
        // Redirections are followed here, where each address is looked at.
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        for (var failures = 0; ; failures++)
        {
            string fault;
            _hasReceived = false;
            try
            {
                await Attempt(client, cancellation);
                return;
            }
            catch (HttpRequestException exception) when (exception.StatusCode is { } status)
            {
                fault = $"{source} answered {(int)status} {status}";
                if ((int)status is >= 400 and < 500 && !Passing.Contains(status)) throw new FetchException($"{fault}; check the address, or try another mirror.");
            }
            catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
            {
                fault = $"{source} did not send everything ({(exception.InnerException ?? exception).Message.TrimEnd('.')})";
            }

            // A long download over a bad line breaks often: only failures in a row say that there is no getting on.
            if (_hasReceived) failures = 0;
            if (failures >= retries) throw new FetchException($"{fault}; the same command continues where it stopped.");
            Console.Error.WriteLine($"{fault}; trying again");
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(1 << failures, 30)), cancellation);
        }
    }

    private async Task Attempt(HttpClient client, CancellationToken cancellation)
    {
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var tag = File.Exists(_tagFile) ? File.ReadAllText(_tagFile) : "";
        var response = await Ask(client, file.Length, tag, cancellation);
        try
        {
            var range = response.Content.Headers.ContentRange;
            var pastEnd = response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;
            if (pastEnd && range?.Length == file.Length && SameVersion(response, tag)) return; // All of it is here.
            if (!pastEnd) Demand(response);
            var continues = response.StatusCode == HttpStatusCode.PartialContent && range?.From == file.Length && SameVersion(response, tag);
            if (!continues && file.Length > 0)
            {
                // The server sends only the whole, or the archive has changed since the download began.
                Console.WriteLine("The download cannot be continued; starting again");
                file.SetLength(0);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    response.Dispose();
                    response = await Ask(client, 0, "", cancellation);
                    Demand(response);
                }
            }

            await Receive(response, file, cancellation);
        }
        finally
        {
            response.Dispose();
        }
    }

    private static void Demand(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode) throw new HttpRequestException(null, null, response.StatusCode);
    }

    private static bool SameVersion(HttpResponseMessage response, string tag) =>
        tag.Length == 0 || response.Headers.ETag is null || response.Headers.ETag.ToString() == tag;

    private async Task<HttpResponseMessage> Ask(HttpClient client, long from, string tag, CancellationToken cancellation)
    {
        var address = source;
        for (var redirections = 0; redirections <= MostRedirections; redirections++)
        {
            var response = await AskAt(address, client, from, tag, cancellation);
            if ((int)response.StatusCode is not (>= 300 and < 400) || response.Headers.Location is not { } location) return response;
            response.Dispose();
            address = new Uri(address, location);
            if (!IsSafe(address)) throw new FetchException($"{source} redirects to {address}, which is not an https address; try another mirror.");
        }

        throw new FetchException($"{source} redirects without end; try another mirror.");
    }

    private static async Task<HttpResponseMessage> AskAt(Uri address, HttpClient client, long from, string tag, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
            if (EntityTagHeaderValue.TryParse(tag, out var version) && !version.IsWeak) request.Headers.IfRange = new(version);
        }

        return await Patiently(token => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation);
    }

    private async Task Receive(HttpResponseMessage response, FileStream file, CancellationToken cancellation)
    {
        File.WriteAllText(_tagFile, response.Headers.ETag?.ToString() ?? "");
        var start = file.Length;
        var total = start + response.Content.Headers.ContentLength;
        // The archive and what is unpacked from it are on the disk together for a while.
        var needed = (2 * total) - start;
        if (needed > FreeSpace(Path.GetDirectoryName(part)!))
            throw new FetchException($"There is too little space at {Path.GetDirectoryName(part)}: {needed / 1e9:0.0} GB are needed to download and unpack.");
        if (start > 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Continuing after {start / 1e6:0.0} MB"));
        file.Position = start;
        var progress = new Progress(start, total);
        var buffer = new byte[1 << 17];
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        while (await Read(body, buffer, cancellation) is > 0 and var count)
        {
            _hasReceived = true;
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
            progress.Add(count);
        }

        progress.End();
    }

    /// <summary>The bytes free at a folder, or null where that cannot be told, as on a network share.</summary>
    private static long? FreeSpace(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads on; a connection that breaks is told apart from a disk that does.</summary>
    private static async Task<int> Read(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await Patiently(token => body.ReadAsync(buffer, token).AsTask(), cancellation);
        }
        catch (IOException exception)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    private static async Task<T> Patiently<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            return await action(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {Patience.TotalSeconds:0} seconds");
        }
    }
}

/// <summary>How much has come, how fast, how long it will take: one line on a terminal, a line every tenth elsewhere.</summary>
internal sealed class Progress(long start, long? total)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _received;
    private TimeSpan _shown;
    private long _tenth;

    public void Add(int count)
    {
        _received += count;
        if (Console.IsOutputRedirected)
        {
            var reached = total > 0 ? (start + _received) * 10 / total.Value : 0;
            if (reached > _tenth) Console.WriteLine(Line());
            _tenth = reached;
        }
        else if (_clock.Elapsed - _shown > TimeSpan.FromSeconds(0.3))
        {
            _shown = _clock.Elapsed;
            Console.Write($"\r{Line()}\e[K");
        }
    }

    public void End()
    {
        if (!Console.IsOutputRedirected) Console.WriteLine($"\r{Line()}\e[K");
    }

    private string Line()
    {
        var done = start + _received;
        var rate = _received / Math.Max(_clock.Elapsed.TotalSeconds, 1e-3);
        var ending = total is { } all && all > 0
            ? string.Create(CultureInfo.InvariantCulture, $" of {all / 1e6:0.0} MB, {100.0 * done / all:0} %, {rate / 1e6:0.0} MB/s, {TimeSpan.FromSeconds((all - done) / Math.Max(rate, 1)):h\\:mm\\:ss} left")
            : string.Create(CultureInfo.InvariantCulture, $" MB, {rate / 1e6:0.0} MB/s");
        return string.Create(CultureInfo.InvariantCulture, $"{done / 1e6:0.0}{ending}");
    }
}

internal static class Archive
{
    /// <summary>Unpacks the task's folder beside its place and puts it there when whole; all members are checked first.</summary>
    public static int Unpack(string archive, string task, string target, CancellationToken cancellation)
    {
        var unfinished = Path.Combine(Path.GetDirectoryName(target)!, $".{task}.unfinished-{Guid.NewGuid():N}");
        try
        {
            // The set goes through the whole archive, so every member is checked before the first is unpacked.
            if (!Members(archive, task, cancellation).Select(member => member.Path).ToHashSet().Contains("dataset.json"))
                throw new FetchException($"{archive} holds no {task}/dataset.json; nothing was unpacked.");
            var files = 0;
            foreach (var (path, entry) in Members(archive, task, cancellation))
            {
                var place = Path.Combine(unfinished, path);
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                using var file = File.Create(place);
                entry.DataStream?.CopyTo(file);
                files++;
            }

            Directory.Move(unfinished, target);
            return files;
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new FetchException($"{archive} is not a complete tar archive ({exception.Message.TrimEnd('.')}); remove it and run again.");
        }
        finally
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        }
    }

    /// <summary>The files to unpack, by their path within the task's folder. Reading on to the end checks all of them.</summary>
    private static IEnumerable<(string Path, TarEntry Entry)> Members(string archive, string task, CancellationToken cancellation)
    {
        using var stream = File.OpenRead(archive);
        using var reader = new TarReader(stream);
        while (reader.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) continue;
            var parts = entry.Name.Split('/', '\\').Where(part => part is not ("" or ".")).ToArray();
            if (entry.Name.StartsWith('/') || entry.Name.StartsWith('\\') || parts.Any(Leaves))
                throw Refusal(archive, entry, "would leave the folder");
            if (entry.Name.Any(char.IsControl)) throw Refusal(archive, entry, "has control characters in its name");
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.Directory))
                throw Refusal(archive, entry, $"is a {entry.EntryType}, not a file");

            // macOS packs a "._" companion with every file.
            if (entry.EntryType is TarEntryType.Directory || parts.Length == 0 || parts.Any(part => part.StartsWith("._", StringComparison.Ordinal))) continue;
            if (parts.Length < 2 || parts[0] != task) throw Refusal(archive, entry, $"is not in the folder {task}");
            yield return (Path.Combine(parts[1..]), entry);
        }
    }

    // Windows takes no account of dots and spaces at a name's end, and has drives before a colon and streams behind one.
    private static bool Leaves(string part) => part.Trim(' ', '.').Length == 0 || part.Contains(':');

    private static FetchException Refusal(string archive, TarEntry entry, string why) =>
        new($"{archive} was not unpacked: its member \"{Shown(entry.Name)}\" {why}.");

    /// <summary>A name as a terminal may have it.</summary>
    private static string Shown(string name)
    {
        const int longest = 200;
        var plain = string.Concat(name.Take(longest).Select(character => char.IsControl(character) ? '\uFFFD' : character));
        return name.Length > longest ? plain + "..." : plain;
    }
}
