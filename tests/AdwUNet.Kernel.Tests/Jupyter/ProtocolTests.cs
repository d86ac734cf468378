using System.Text.Json.Nodes;
using AdwUNet.Tests.Jupyter;

namespace AdwUNet.Kernel.Tests.Jupyter;

/// <summary>What of the protocol front ends rely on beyond the outputs of one cell (messaging protocol 5.4).</summary>
public sealed class ProtocolTests(InstalledKernel installed, ReadyKernel ready) : IClassFixture<ReadyKernel>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>The front end of the kernel that all tests use which do not end it.</summary>
    private KernelClient Client => ready.Process.Client;

    [Fact]
    public void A_failing_cell_aborts_those_that_were_sent_after_it_and_no_later_ones()
    {
        var ids = new[] { "throw new Exception(\"first\");", "Console.WriteLine(\"second\");", "var third = 3;" }.Select(code => Client.SendCode(code)).ToArray();
        Assert.Equal(["error", "aborted", "aborted"], ids.Select(id => (string?)Client.ReplyTo(id).Content["status"]));
        Assert.Equal("2", Client.Execute("1 + 1").Value);
        Assert.Contains("CS0103", Client.Execute("third").Error, StringComparison.Ordinal);

        ids = [Client.SendCode("throw new Exception(\"first\");", stopOnError: false), Client.SendCode("var second = 2;")];
        Assert.Equal(["error", "ok"], ids.Select(id => (string?)Client.ReplyTo(id).Content["status"]));
    }

    [Fact]
    public void User_expressions_are_evaluated_after_the_cell_each_for_itself()
    {
        var before = CountOf(Client.Execute("1").Reply);
        var reply = Client.Ask("execute_request", new JsonObject
        {
            ["code"] = "var width = 48;",
            ["user_expressions"] = new JsonObject { ["twice"] = "2 * width", ["wrong"] = "nothing" },
        });
        var values = reply.Content["user_expressions"]!;
        Assert.Equal(("ok", "96"), ((string?)values["twice"]!["status"], (string?)values["twice"]!["data"]!["text/plain"]));
        Assert.Equal("error", (string?)values["wrong"]!["status"]);
        Assert.Contains("CS0103", values["wrong"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((before + 1, before + 2), (CountOf(reply), CountOf(Client.Execute("1").Reply)));
    }

    [Fact]
    public void A_cell_that_reads_a_line_asks_the_front_end_for_it()
    {
        var id = Client.SendCode("Console.Write(\"How wide? \"); \"wide: \" + Console.ReadLine()", allowStdin: true);
        var request = Client.InputRequest();
        Assert.Equal(("input_request", id, false), (request.Type, request.ParentId, (bool)request.Content["password"]!));
        Client.Answer("48");
        var execution = Client.Collect(id);
        Assert.Equal("wide: 48", execution.Value);

        // Where the front end takes no questions, the cell is told so instead of waiting for ever.
        execution = Client.Collect(Client.SendCode("Console.ReadLine()", allowStdin: false), Patience);
        Assert.Equal("error", execution.Status);
        Assert.NotNull(execution.Error);
    }

    [Theory]
    [InlineData("display(5)")]
    [InlineData("display(\"x\", \"text/plain\", \"text/html\")")]
    [InlineData("5.Display()")]
    [InlineData("((object)5).Display(\"text/html\")")]
    [InlineData("Microsoft.DotNet.Interactive.KernelInvocationContextExtensions.Display(Microsoft.DotNet.Interactive.KernelInvocationContext.Current, 5)")]
    public void What_a_display_returns_has_the_id_of_the_display(string call)
    {
        var execution = Client.Execute($"var shown = {call};\nshown.DisplayId");
        Assert.Equal(execution.Value, (string?)execution.Of("display_data").Single().Content["transient"]!["display_id"]);
        execution = Client.Execute($"{call}");
        Assert.Equal((1, 0), (execution.Of("display_data").Count(), execution.Of("execute_result").Count()));
    }

    [Fact]
    public void A_library_that_shows_something_can_replace_it()
    {
        // As code compiled against the package alone calls it.
        var execution = Client.Execute("""
            var one = DisplayExtensions.Display(1); var two = DisplayExtensions.DisplayAs("<b>2</b>", "text/html"); var other = DisplayExtensions.Display(1);
            one.Update(3); two.Update(4); one.Update(5);
            """);
        var ids = execution.Of("display_data").Select(IdOf).ToArray();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal([ids[0], ids[1], ids[0]], execution.Of("update_display_data").Select(IdOf));

        static string? IdOf(JupyterMessage output) => (string?)output.Content["transient"]!["display_id"];
    }

    [Fact]
    public void A_silent_cell_shows_nothing_and_does_not_count()
    {
        var before = CountOf(Client.Execute("1").Reply);
        var execution = Client.Collect(Client.SendCode("var kept = 5; Console.WriteLine(\"seen\"); display(\"seen\"); kept", silent: true));
        Assert.Equal("ok", execution.Status);
        Assert.Equal(["status", "status"], execution.Messages.Select(message => message.Type));
        execution = Client.Execute("kept");
        Assert.Equal(("5", before + 1), (execution.Value, CountOf(execution.Reply)));
    }

    [Fact]
    public void A_comm_that_a_front_end_opens_is_closed_again()
    {
        Client.Send("comm_open", new JsonObject { ["comm_id"] = "one", ["target_name"] = "jupyter.widget", ["data"] = new JsonObject() });
        JupyterMessage output;
        do
        {
            output = Client.Output();
        }
        while (output.Type != "comm_close");
        Assert.Equal("one", (string?)output.Content["comm_id"]);
        Assert.Empty(Client.Ask("comm_info_request", []).Content["comms"]!.AsObject());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_shutdown_is_answered_and_ends_the_process(bool restart)
    {
        using var kernel = KernelProcess.StartReady(installed.Spec);
        kernel.Client.SendCode("System.Threading.Thread.Sleep(100);");
        kernel.Client.SendControl("shutdown_request", new JsonObject { ["restart"] = restart });
        var reply = kernel.Client.ControlReply();
        Assert.Equal(("shutdown_reply", "ok", restart), (reply.Type, (string?)reply.Content["status"], (bool)reply.Content["restart"]!));
        Assert.True(kernel.WaitForExit(Patience), "The kernel goes on after its shutdown.");
        Assert.Equal(0, kernel.ExitCode);
    }

    private static int CountOf(JupyterMessage reply) => (int)reply.Content["execution_count"]!;
}
