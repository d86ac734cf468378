using System.Globalization;
using System.Text.Json.Nodes;
using AdwUNet.Tests;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>Much output and many messages.</summary>
public sealed class LoadTests(InstalledKernel installed)
{
    private const int Lines = 1_000_000;
    private const long MostMemory = 400_000_000;

    private static void AssertMemory(KernelProcess kernel)
    {
        if (OperatingSystem.IsLinux())
            Assert.InRange(kernel.PeakMemory, 0, MostMemory);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_million_lines_come_whole_and_in_order(int secondsBeforeReading)
    {
        using var kernel = KernelProcess.StartReady(installed.Spec);
        var id = kernel.Client.SendCode($"for (var line = 0; line < {Lines}; line++) Console.WriteLine(line);");
        Thread.Sleep(TimeSpan.FromSeconds(secondsBeforeReading));
        var execution = kernel.Client.Collect(id);
        Assert.Equal("ok", execution.Status);
        var printed = execution.Printed.Split('\n');
        Assert.Equal(Lines + 1, printed.Length);
        Assert.DoesNotContain(Enumerable.Range(0, Lines), line => printed[line] != line.ToString(CultureInfo.InvariantCulture));
        AssertMemory(kernel);
    }

    [Fact]
    public void Lines_of_many_threads_come_whole_and_each_threads_in_order()
    {
        const int threads = 8, each = 20_000;
        using var kernel = KernelProcess.StartReady(installed.Spec);
        var execution = kernel.Client.Execute($$"""
            await Task.WhenAll(Enumerable.Range(0, {{threads}}).Select(thread => Task.Run(() =>
            {
                for (var line = 0; line < {{each}}; line++) Console.WriteLine($"{thread} {line}");
            })));
            """);
        Assert.Equal("ok", execution.Status);
        var lines = execution.Printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToLookup(line => line[0], line => line[1]);
        Assert.Equal(threads, lines.Count);
        foreach (var thread in lines)
            Assert.Equal(Enumerable.Range(0, each).Select(line => line.ToString(CultureInfo.InvariantCulture)), thread);
    }

    [Fact]
    [Promise("Invalid messages on the kernel's sockets, including unsigned and wrongly signed requests, are not executed and do not end the kernel")]
    public void Garbage_on_its_sockets_leaves_it_answering()
    {
        const int messages = 100_000;
        using var kernel = KernelProcess.StartReady(installed.Spec);
        Assert.Equal("41", kernel.Client.Execute("var kept = 41; kept").Value);

        var garbage = new Garbage(kernel.Connection, seed: 1);
        garbage.Send(messages);
        garbage.BreakConnections(100);

        // The front end's own messages wait behind the garbage.
        var info = kernel.Client.Ask("kernel_info_request", []);
        Assert.Equal("ok", (string?)info.Content["status"]);
        Assert.True(kernel.Client.HeartBeats());
        var id = kernel.Client.SendControl("kernel_info_request");
        Assert.Equal(id, kernel.Client.ControlReply().ParentId);
        Assert.Equal("42", kernel.Client.Execute("kept + 1").Value);
        AssertMemory(kernel);
        PromiseTable.Kept($"{messages:N0} messages and 100 broken connections");
    }

    [Fact]
    [Promise("The kernel listens only where its connection file says")]
    public void It_listens_only_where_its_connection_file_says()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Which process listens where is read from /proc, which only Linux has.");
        using var kernel = KernelProcess.StartReady(installed.Spec);
        Assert.Equal("1", kernel.Client.Execute("1").Value);
        var own = Directory.EnumerateFiles($"/proc/{kernel.Id}/fd").Select(fd => new FileInfo(fd).LinkTarget)
            .Where(target => target?.StartsWith("socket:[", StringComparison.Ordinal) == true).Select(target => target![8..^1]).ToHashSet();
        var listening = new[] { "tcp", "tcp6", "udp", "udp6" }
            .SelectMany(kind => File.ReadLines($"/proc/{kernel.Id}/net/{kind}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .Where(columns => columns[3] is "0A" or "07" && own.Contains(columns[9]))
            .Select(columns => columns[1]);

        // 127.0.0.1 in the kernel's notation, and the five ports.
        var expected = kernel.Connection.Ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), listening.Order(StringComparer.Ordinal));
        PromiseTable.Kept("5 sockets on 127.0.0.1, nothing else");
    }

    [Fact]
    public void Ten_thousand_requests_that_are_sent_at_once_are_answered_in_order()
    {
        const int requests = 10_000;
        using var kernel = KernelProcess.StartReady(installed.Spec);
        var ids = Enumerable.Range(0, requests).Select(_ => kernel.Client.Send("comm_info_request", new JsonObject())).ToList();
        Assert.Equal(ids, ids.Select(_ => kernel.Client.Reply().ParentId));
    }
}
