using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AdwUNet.Datasets;

namespace AdwUNet.Data.Tests.DataScripts;

public sealed class FetchMsdTests(FetchMsd fetch) : IClassFixture<FetchMsd>, IDisposable
{
    private const string TaskName = "Task04_Hippocampus";
    private const int Block = 512;
    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private const string Description = "{ \"name\": \"Hippocampus\" }";
    private static readonly byte[] Image = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7919 >> 3)).ToArray();
    private readonly string _folder = Directory.CreateTempSubdirectory("fetch-msd-").FullName;

    private string Target => Path.Combine(_folder, TaskName);

    private string Part => Target + ".tar.part";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Fetches_and_unpacks_once()
    {
        using var server = new ArchiveServer(Tar(Good()));
        var (code, output, errors) = Fetch(server);
        Assert.True(code == 0, errors);
        Assert.Contains("100 %", output);
        Assert.Contains("2 files", output);
        Assert.Equal(Description, File.ReadAllText(Path.Combine(Target, "dataset.json")));
        Assert.Equal(Image, File.ReadAllBytes(Path.Combine(Target, "imagesTr", "a.nii.gz")));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder));

        (code, output, _) = Fetch(server);
        Assert.Equal(0, code);
        Assert.Contains("already there", output);
        Assert.Single(server.Ranges);
    }

    [Fact]
    public void Download_resumes_after_a_lost_connection()
    {
        using var server = new ArchiveServer(Tar(Good())) { Breaks = 1 };
        var (code, _, errors) = Fetch(server, "--keep-archive");
        Assert.True(code == 0, errors);
        Assert.Equal([null, $"bytes={server.Archive.Length / 2}-"], server.Ranges);
        Assert.Equal(server.Archive, File.ReadAllBytes(Target + ".tar"));
    }

    [Fact]
    public void Retries_are_counted_only_between_downloads_without_progress()
    {
        using var server = new ArchiveServer(Tar(Good())) { Breaks = 3 };
        var (code, _, errors) = Fetch(server, "--retries", "1");
        Assert.True(code == 0, errors);
        Assert.Equal(4, server.Ranges.Count);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    public void Request_is_repeated_after_a_temporary_error(int status)
    {
        using var server = new ArchiveServer(Tar(Good())) { Status = status, Refusals = 1 };
        var (code, _, errors) = Fetch(server, "--retries", "1");
        Assert.True(code == 0, errors);
        Assert.Equal(2, server.Ranges.Count);
    }

    [Fact]
    public async Task Download_resumes_after_a_connection_reset()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var reset = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            var stream = client.GetStream();
            var answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
            _ = await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: TestContext.Current.CancellationToken);
            await stream.WriteAsync(answer, TestContext.Current.CancellationToken);
            // The answer's beginning is to arrive: a reset takes what is still under way with it.
            await Task.Delay(500, TestContext.Current.CancellationToken);
            client.LingerState = new LingerOption(true, 0);
        }, TestContext.Current.CancellationToken);
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        var (code, _, errors) = fetch.Script(TaskName, _folder, "--base-url", address, "--retries", "0");
        await reset;
        Assert.Equal(1, code);
        Assert.Contains("the same command continues where it stopped", errors);
        Assert.Equal("half", await File.ReadAllTextAsync(Part, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Download_resumes_in_the_next_run()
    {
        using var server = new ArchiveServer(Tar(Good())) { Breaks = 1 };
        var (code, _, errors) = Fetch(server, "--retries", "0");
        Assert.Equal(1, code);
        Assert.Contains("did not send everything", errors);
        Assert.Equal(server.Archive.Length / 2, new FileInfo(Part).Length);
        Assert.False(Directory.Exists(Target));

        (code, var output, errors) = Fetch(server);
        Assert.True(code == 0, errors);
        Assert.Contains("Continuing after", output);
        Assert.Equal($"bytes={server.Archive.Length / 2}-", server.Ranges[^1]);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Starts_again_when_the_archive_changed_or_only_the_whole_is_sent(bool ranges, bool ifRange)
    {
        using var server = new ArchiveServer(Tar(Good())) { KnowsRanges = ranges, KnowsIfRange = ifRange, ETag = "\"two\"" };
        File.WriteAllBytes(Part, new byte[1000]);
        File.WriteAllText(Part + ".etag", "\"one\"");
        var (code, output, errors) = Fetch(server);
        Assert.True(code == 0, errors);
        Assert.Contains("starting again", output);
        Assert.Equal(Image, File.ReadAllBytes(Path.Combine(Target, "imagesTr", "a.nii.gz")));
    }

    [Fact]
    public void Takes_a_part_that_is_already_whole()
    {
        using var server = new ArchiveServer(Tar(Good()));
        File.WriteAllBytes(Part, server.Archive);
        File.WriteAllText(Part + ".etag", server.ETag);
        var (code, _, errors) = Fetch(server);
        Assert.True(code == 0, errors);
        Assert.True(File.Exists(Path.Combine(Target, "dataset.json")));
    }

    [Fact]
    [Promise("A download is unpacked only if its checksum is the known one")]
    public void A_wrong_checksum_removes_the_download()
    {
        using var server = new ArchiveServer(Tar(Good()));
        var (code, _, errors) = Run(server, "--md5", new string('0', 32));
        Assert.Equal(1, code);
        Assert.Contains("MD5 checksum", errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        PromiseTable.Kept("a wrong one refused, and the file removed");
    }

    [Fact]
    public void The_known_checksum_holds_unless_another_is_given()
    {
        using var server = new ArchiveServer(Tar(Good()));
        var (code, _, errors) = Run(server);
        Assert.Equal(1, code);
        Assert.Contains("9d24dba78a72977dbd1d2e110310f31b", errors);
    }

    [Theory]
    [InlineData(404, "404")]
    [InlineData(503, "503")]
    public void A_refusal_of_the_server_is_named_and_costs_nothing(int status, string text)
    {
        using var server = new ArchiveServer([]) { Status = status };
        File.WriteAllBytes(Part, new byte[1000]);
        var (code, _, errors) = Fetch(server, "--retries", "0");
        Assert.Equal(1, code);
        Assert.Contains(text, errors);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Equal(1000, new FileInfo(Part).Length);
    }

    [Fact]
    public void Missing_server_is_reported_in_one_sentence()
    {
        string address;
        using (var server = new ArchiveServer([]))
        {
            address = server.Address;
        }

        var (code, _, errors) = fetch.Script(TaskName, _folder, "--base-url", address, "--retries", "0");
        Assert.Equal(1, code);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("   at ", errors);
    }

    public static TheoryData<string, TarEntryType, string> Evil => new()
    {
        { $"{TaskName}/../../evil", TarEntryType.RegularFile, "would leave the folder" },
        { "../evil", TarEntryType.RegularFile, "would leave the folder" },
        { "/tmp/evil", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/..\\..\\evil", TarEntryType.RegularFile, "would leave the folder" },
        { "C:/evil", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/link", TarEntryType.SymbolicLink, "SymbolicLink" },
        { $"{TaskName}/hard", TarEntryType.HardLink, "HardLink" },
        { $"{TaskName}/pipe", TarEntryType.Fifo, "Fifo" },
        { $"{TaskName}/disk", TarEntryType.BlockDevice, "BlockDevice" },
        { $"{TaskName}/terminal", TarEntryType.CharacterDevice, "CharacterDevice" },
        { $"{TaskName}/../../folder/", TarEntryType.Directory, "would leave the folder" },
        { $"{TaskName}/.. /.. /evil", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/.../evil", TarEntryType.RegularFile, "would leave the folder" },
        { "\\\\server\\share\\evil", TarEntryType.RegularFile, "would leave the folder" },
        { "C:\\evil", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/a.nii.gz:stream", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/{new string('d', 120)}/{new string('e', 120)}/../../../../evil", TarEntryType.RegularFile, "would leave the folder" },
        { $"{TaskName}/\u001b[2Jcleared", TarEntryType.RegularFile, "control characters" },
        { "Task05_Prostate/dataset.json", TarEntryType.RegularFile, "is not in the folder" },
    };

    [Theory]
    [MemberData(nameof(Evil))]
    [Promise("An archive with '..', absolute paths, links or control characters is refused before anything is unpacked")]
    public void Refuses_a_bad_member_before_anything_is_unpacked(string name, TarEntryType type, string why)
    {
        var entry = new PaxTarEntry(type, name);
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
        {
            entry.LinkName = "/etc/passwd";
        }

        using var server = new ArchiveServer(Tar([.. Good(), entry]));
        var (code, _, errors) = Fetch(server);
        Assert.Equal(1, code);
        Assert.Contains(why, errors);
        Assert.Equal([Target + ".tar"], Directory.EnumerateFileSystemEntries(_folder));
        PromiseTable.Kept($"{Evil.Count} kinds of members");
    }

    [Fact]
    public void A_link_is_refused_before_a_file_is_written_through_it()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder, "outside")).FullName;
        foreach (var type in (TarEntryType[])[TarEntryType.SymbolicLink, TarEntryType.HardLink])
        {
            var link = new PaxTarEntry(type, $"{TaskName}/door") { LinkName = type == TarEntryType.HardLink ? $"{TaskName}/dataset.json" : outside };
            using var server = new ArchiveServer(Tar([.. Good(), link, Member($"{TaskName}/door/evil", [1]), Member($"{TaskName}/door", [1])]));
            var (code, _, errors) = Fetch(server);
            Assert.Equal(1, code);
            Assert.Contains($"\"{TaskName}/door\" is a {type}, not a file", errors);
            Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
            Assert.False(Directory.Exists(Target));
            File.Delete(Target + ".tar");
        }
    }

    [Fact]
    public void A_path_hidden_behind_a_good_name_is_the_one_that_counts()
    {
        // A PAX header renames the member that follows it, the form of old GNU tar a record of its own.
        var good = new UstarTarEntry(TarEntryType.RegularFile, $"{TaskName}/good");
        foreach (var archive in (byte[][])[[.. PaxPath("../evil"), .. Tar([good])], [.. GnuLongName("../../evil"), .. Tar([good])]])
        {
            using var server = new ArchiveServer(archive);
            var (code, _, errors) = Fetch(server);
            Assert.Equal(1, code);
            Assert.Contains("would leave the folder", errors);
            File.Delete(Target + ".tar");
        }
    }

    [Theory]
    [InlineData(124, "77777777777\0")] // a size beyond the archive
    [InlineData(124, "-0000000001\0")]
    [InlineData(124, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")] // negative, in base 256
    [InlineData(124, "zzzzzzzzzzz\0")]
    [InlineData(156, "\u00fe")] // a kind that is none
    public void Damaged_header_is_reported_in_one_sentence(int offset, string field)
    {
        var archive = Tar(Good());
        var header = HeaderOf(archive);
        Encoding.Latin1.GetBytes(field).CopyTo(archive, header + offset);
        WriteChecksum(archive.AsSpan(header, Block));

        using var server = new ArchiveServer(archive);
        var (code, _, errors) = Fetch(server);
        Assert.Equal(1, code);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("   at ", errors);
        Assert.False(Directory.Exists(Target));
    }

    [Theory]
    [InlineData("http://example.com/x.tar", "redirects to http://example.com/x.tar, which is not an https address")]
    [InlineData("file:///etc/passwd", "which is not an https address")]
    [InlineData("/again", "without end")]
    [Promise("A download follows only redirections to https")]
    public void A_redirection_is_followed_only_where_it_is_safe(string to, string fault)
    {
        using var server = new ArchiveServer(Tar(Good())) { Status = 302, Location = to };
        var (code, _, errors) = Fetch(server, "--retries", "0");
        Assert.Equal(1, code);
        Assert.Contains(fault, errors);

        server.Refusals = 1;
        server.Location = "/moved/there.tar";
        (code, _, errors) = Fetch(server);
        Assert.True(code == 0, errors);
        PromiseTable.Kept("http, file and endless redirections refused");
    }

    [Fact]
    public void An_archive_without_description_or_cut_off_is_not_unpacked()
    {
        using var server = new ArchiveServer(Tar(Good().Skip(1)));
        var (code, _, errors) = Fetch(server);
        Assert.Equal(1, code);
        Assert.Contains("dataset.json", errors);
        Assert.False(Directory.Exists(Target));

        File.Delete(Target + ".tar");
        server.Archive = Tar(Good())[..100_000];
        (code, _, errors) = Fetch(server);
        Assert.Equal(1, code);
        Assert.Contains("not a complete tar archive", errors);
        Assert.Equal([Target + ".tar"], Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Leaves_a_folder_alone_that_is_something_else()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "notes.txt"), "mine");
        using var server = new ArchiveServer(Tar(Good()));
        var (code, _, errors) = Fetch(server);
        Assert.Equal(1, code);
        Assert.Contains("no dataset.json", errors);
        Assert.Empty(server.Ranges);
    }

    public static TheoryData<string[], string> Wrong => new()
    {
        { [], "Name a task" },
        { [TaskName], "Name a task" },
        { ["Task11_Nothing", "data"], "Task09_Spleen" },
        { [TaskName, "data", "more"], "a third" },
        { [TaskName, "data", "--quick"], "no option --quick" },
        { [TaskName, "data", "--md5", "12"], "32 hexadecimal digits" },
        { [TaskName, "data", "--md5"], "needs a value" },
        { [TaskName, "data", "--retries", "-1"], "whole number" },
        { [TaskName, "data", "--base-url", "http://example.com"], "not an https address" },
        { [TaskName, "data", "--base-url", "ftp://127.0.0.1"], "not an https address" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_arguments_end_with_2(string[] arguments, string message)
    {
        var (code, _, errors) = fetch.Script(arguments);
        Assert.Equal(2, code);
        Assert.Contains(message, errors);
    }

    [Fact]
    public void Help_lists_the_ten_tasks()
    {
        var (code, output, _) = fetch.Script("--help");
        Assert.Equal(0, code);
        Assert.Equal(10, output.Split('\n').Count(line => line.StartsWith("  Task", StringComparison.Ordinal)));
    }

    private (int Code, string Output, string Errors) Fetch(ArchiveServer server, params string[] more) =>
        Run(server, ["--md5", Md5(server.Archive), .. more]);

    private (int Code, string Output, string Errors) Run(ArchiveServer server, params string[] more) =>
        fetch.Script([TaskName, _folder, "--base-url", server.Address, .. more]);

#pragma warning disable CA5351 // The decathlon's checksums are MD5.
    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private static IEnumerable<TarEntry> Good()
    {
        yield return Member($"{TaskName}/dataset.json", Encoding.UTF8.GetBytes(Description));
        yield return Member($"./{TaskName}/imagesTr/a.nii.gz", Image);
        yield return Member($"{TaskName}/imagesTr/._a.nii.gz", [1, 2, 3]);
        yield return Member($"._{TaskName}", [1, 2, 3]);
        yield return new PaxTarEntry(TarEntryType.Directory, $"{TaskName}/labelsTr/");
    }

    /// <summary>Where the header of the first member with content lies: before its PAX header and that one's content.</summary>
    private static int HeaderOf(byte[] archive) => archive.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes($"{TaskName}/imagesTr/._a.nii.gz\0"));

    /// <summary>The record by which old GNU tar gives the next member a name.</summary>
    private static byte[] GnuLongName(string name) => ExtraRecord('L', "././@LongLink", "ustar  \0", name + "\0");

    /// <summary>The record by which newer ones do.</summary>
    private static byte[] PaxPath(string name)
    {
        var rest = $" path={name}\n";
        var length = rest.Length + 2;
        return ExtraRecord('x', "PaxHeaders/good", "ustar\000", $"{length}{rest}");
    }

    private static byte[] ExtraRecord(char kind, string name, string magic, string content)
    {
        var record = new byte[2 * Block];
        Encoding.ASCII.GetBytes(name).CopyTo(record, 0);
        Encoding.ASCII.GetBytes("0000644\00000000\00000000\0").CopyTo(record, 100);
        Encoding.ASCII.GetBytes($"{Convert.ToString(content.Length, 8).PadLeft(11, '0')}\000000000000\0").CopyTo(record, 124);
        record[ChecksumOffset + ChecksumLength] = (byte)kind;
        Encoding.ASCII.GetBytes(magic).CopyTo(record, 257);
        Encoding.ASCII.GetBytes(content).CopyTo(record, Block);
        WriteChecksum(record.AsSpan(0, Block));
        return record;
    }

    private static void WriteChecksum(Span<byte> header)
    {
        header.Slice(ChecksumOffset, ChecksumLength).Fill((byte)' ');
        var sum = header.ToArray().Sum(value => value);
        Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(ChecksumLength - 2, '0')}\0 ").CopyTo(header[ChecksumOffset..]);
    }

    private static PaxTarEntry Member(string name, byte[] content) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    private static byte[] Tar(IEnumerable<TarEntry> entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }
}
