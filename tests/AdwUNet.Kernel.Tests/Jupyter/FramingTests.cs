using System.Text;
using System.Text.Json.Nodes;
using AdwUNet.Kernel.Jupyter;
using CsCheck;

namespace AdwUNet.Kernel.Tests.Jupyter;

public sealed class FramingTests
{
    private static readonly byte[] Identity = [1, 0, 255];

    private readonly Framing _framing = new(new MessageSigner("a key"));

    private List<byte[]> Message() => _framing.Write([Identity], "execute_request", [], new JsonObject { ["code"] = "\"ä\" + '<'" });

    [Fact]
    public void A_message_is_read_as_it_was_written()
    {
        var request = _framing.TryRead(Message())!;
        Assert.Equal([Identity], request.Identities);
        Assert.Equal(("execute_request", "execute_reply"), (request.Type, request.ReplyType));
        Assert.Equal("\"ä\" + '<'", (string?)request.Content["code"]);
        var header = JsonNode.Parse(request.Header)!;
        Assert.Equal("5.4", (string?)header["version"]);
        Assert.True(DateTimeOffset.TryParse((string?)header["date"], out _));
    }

    [Fact]
    public void An_answer_names_the_request_as_its_parent()
    {
        var request = _framing.TryRead(Message())!;
        var frames = _framing.Write(request.Identities, request.ReplyType, request.Header, []);
        Assert.Equal(request.Header, frames[^3]);
        Assert.NotEqual(request.Header, frames[^4]);
    }

    [Fact]
    public void The_signature_is_the_HMAC_of_the_four_parts_in_lower_case()
    {
        // RFC 4231, test case 2, cut into four parts.
        byte[][] parts = ["what do "u8.ToArray(), "ya want "u8.ToArray(), "for nothing"u8.ToArray(), "?"u8.ToArray()];
        Assert.Equal(
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            Encoding.ASCII.GetString(new MessageSigner("Jefe").Sign(parts)));
    }

    [Fact]
    public void Every_change_of_a_signed_part_is_noticed()
    {
        var message = Message();
        Gen.Int[message.Count - 4, message.Count - 1].Select(Gen.Int[0, 1000], Gen.Int[1, 255]).Sample(change =>
        {
            var (part, place, bits) = change;
            var frames = message.ConvertAll(frame => frame.ToArray());
            frames[part][place % frames[part].Length] ^= (byte)bits;
            return _framing.TryRead(frames) is null;
        });
    }

    [Fact]
    public void Another_key_and_no_signature_are_refused()
    {
        var frames = Message();
        Assert.Null(new Framing(new MessageSigner("another key")).TryRead(frames));
        frames[2] = [];
        Assert.Null(_framing.TryRead(frames));
    }

    [Fact]
    public void Without_a_key_nothing_is_signed_and_all_is_taken()
    {
        var open = new Framing(new MessageSigner(""));
        var frames = open.Write([Identity], "kernel_info_request", [], []);
        Assert.Empty(frames[2]);
        Assert.NotNull(open.TryRead(frames));
    }

    [Fact]
    public void Random_frames_are_no_message() =>
        Gen.Byte.Array[0, 40].List[0, 10].Sample(frames => _framing.TryRead(frames) is null);

    [Theory]
    [InlineData("{}", "[]")]
    [InlineData("[]", "{}")]
    [InlineData("{\"msg_type\": 3}", "{}")]
    [InlineData("", "")]
    public void What_is_signed_but_no_message_is_dropped(string header, string content) => Assert.Null(Read(header, content));

    [Theory]
    [InlineData("{\"code\":\"1\",\"code\":\"2\"}", "{\"code\":\"2\"}")]
    [InlineData("{\"a\":{\"b\":1,\"b\":[1,{\"c\":1,\"c\":null}]},\"d\":true}", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":true}")]
    [InlineData("{}", "{}")]
    public void Of_members_of_the_same_name_the_last_one_counts(string content, string read) =>
        Assert.Equal(read, Read("{\"msg_type\":\"x\",\"msg_type\":\"a_request\"}", content)!.Content.ToJsonString());

    [Theory]
    [InlineData("{\"code\": ")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{} {}")]
    [InlineData("{\"\\ud834\": 1}")]
    [InlineData("")]
    public void A_content_that_is_no_object_is_refused_when_it_is_asked_for(string content)
    {
        var request = Read("{\"msg_type\":\"a_request\"}", content)!;
        Assert.Contains("'a_request' is not a JSON object", Assert.Throws<NotebookException>(() => request.Content).Message, StringComparison.Ordinal);
    }

    private Request? Read(string header, string content)
    {
        byte[][] parts = [Encoding.UTF8.GetBytes(header), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content)];
        return _framing.TryRead([Identity, "<IDS|MSG>"u8.ToArray(), new MessageSigner("a key").Sign(parts), .. parts]);
    }

    [Fact]
    public void Half_characters_are_replaced_rather_than_refused()
    {
        var frames = _framing.Write([], "stream", [], new JsonObject { ["text"] = "a\ud834b" });
        Assert.Equal("a\ufffdb", (string?)JsonNode.Parse(frames[^1])!["text"]);
    }

    [Theory]
    [InlineData("abc", 2, 2)]
    [InlineData("𝄞b", 1, 2)]
    [InlineData("a𝄞𝄞b", 3, 5)]
    [InlineData("a", 9, 1)]
    [InlineData("a", -1, 0)]
    public void Cursors_are_counted_in_code_points(string text, int codePoint, int utf16)
    {
        Assert.Equal(utf16, CodePoints.ToUtf16(text, codePoint));
        Assert.Equal(Math.Clamp(codePoint, 0, text.EnumerateRunes().Count()), CodePoints.FromUtf16(text, utf16));
    }
}
