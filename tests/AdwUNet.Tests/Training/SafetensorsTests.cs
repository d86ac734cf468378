using System.Buffers.Binary;
using System.Text;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Training;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.PathOf("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_another_writer_made_is_read()
    {
        // Header order, spaces and metadata differ from what this library writes.
        const string json = """
            {"b": {"data_offsets": [12, 16], "dtype": "I16", "shape": [2]}, "__metadata__": {"format": "pt"},
             "a": {"dtype": "F32", "shape": [3, 1], "data_offsets": [0, 12]}, "none": {"dtype": "F64", "shape": [0, 4], "data_offsets": [16, 16]}}
            """;
        byte[] data = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 7, 0, 0xFF, 0xFF];
        Write(json, data);

        using var scope = NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(File);

        Assert.Equal(["a", "b", "none"], tensors.Keys.Order());
        Assert.Equal("pt", metadata["format"]);
        Assert.Equal([3, 1], tensors["a"].shape);
        Assert.Equal([1f, -2f, 0.5f], tensors["a"].data<float>());
        Assert.Equal([(short)7, (short)-1], tensors["b"].data<short>());
        Assert.Equal([0, 4], tensors["none"].shape);
    }

    [Fact]
    public void What_is_written_follows_the_format_to_the_byte()
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(
            File,
            new Dictionary<string, Tensor> { ["flag"] = tensor(new[] { true }), ["x"] = tensor(new[] { 1f, 2f, 3f, 4f }).view(2, 2).t() },
            new Dictionary<string, string> { ["format"] = "pt" });

        const string json =
            """{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}""";
        var bytes = System.IO.File.ReadAllBytes(File);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(json, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd());
        Assert.Equal(
            [0, 0, 0x80, 0x3F, 0, 0, 0x40, 0x40, 0, 0, 0, 0x40, 0, 0, 0x80, 0x40, 1], // 1, 3, 2, 4 in row order, then true
            bytes[(8 + length)..]);
    }

    [Fact]
    public void Every_type_and_shape_comes_back()
    {
        using var scope = NewDisposeScope();
        ScalarType[] types = [float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, torch.@bool];
        var saved = types.ToDictionary(type => type.ToString(), type => arange(6).to(type).view(1, 2, 3));
        saved["scalar"] = tensor(3L);
        saved["empty"] = zeros(0, 5);
        Safetensors.Save(File, saved);
        var (loaded, _) = Safetensors.Load(File);
        Assert.Equal(saved.Keys.Order(), loaded.Keys.Order());
        Assert.All(saved, pair =>
        {
            Assert.Equal(pair.Value.dtype, loaded[pair.Key].dtype);
            Assert.Equal(pair.Value.shape, loaded[pair.Key].shape);
            Assert.Equal(pair.Value.bytes.ToArray(), loaded[pair.Key].bytes.ToArray());
        });
    }

    [Fact]
    public void A_type_that_the_format_lacks_is_refused_and_leaves_no_file()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<SafetensorsException>(() => Safetensors.Save(File, new Dictionary<string, Tensor> { ["z"] = zeros(1, complex64) }));
        Assert.Contains("'z'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    [Theory]
    [InlineData("too few bytes", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "8 bytes, but 4")]
    [InlineData("appended bytes", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes, but 8")]
    [InlineData("length lies", """{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}""", 4, "'a'")]
    [InlineData("length and offsets lie", """{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""", 4, "but 4 follow")]
    [InlineData("product overflows", """{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "'a'")]
    [InlineData("negative size", """{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}""", 4, "'a'")]
    [InlineData("negative offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "'a'")]
    [InlineData("offsets reversed", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "'a'")]
    [InlineData("one offset", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}""", 4, "'a'")]
    [InlineData("overlap", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'b' starts at byte 4")]
    [InlineData("hole", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "'b' starts at byte 8")]
    [InlineData("named twice", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a' twice")]
    [InlineData("unknown type", """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "F8_E4M3")]
    [InlineData("no type", """{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("fraction", """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("text for a shape", """{"a":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("list", "[]", 0, "header")]
    [InlineData("not JSON", "{", 0, "header")]
    [InlineData("metadata of numbers", """{"__metadata__":{"a":1}}""", 0, "header")]
    public void A_malformed_file_is_refused_by_name_without_allocating_what_it_asks_for(string what, string json, int dataBytes, string fault)
    {
        Write(json, new byte[dataBytes]);
        Assert.Throws<SafetensorsException>(() => Safetensors.Load(File));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<SafetensorsException>(() => Safetensors.Load(File));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith(File, error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Contains(fault, StringComparison.Ordinal), $"{what}: {error.Message}");
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'{' })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    public void A_header_longer_than_the_file_is_refused(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.StartsWith(File, Assert.Throws<SafetensorsException>(() => Safetensors.Load(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_byte_is_damaged_the_file_is_read_or_refused()
    {
        using var scope = NewDisposeScope();
        Safetensors.Save(File, new Dictionary<string, Tensor> { ["a"] = arange(5), ["b"] = ones(2, 3) });
        var whole = System.IO.File.ReadAllBytes(File);
        var refused = 0;
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 0x15;
            System.IO.File.WriteAllBytes(File, damaged);
            refused += Record.Exception(() => Safetensors.Load(File)) switch
            {
                null => 0,
                SafetensorsException => 1,
                { } other => throw new InvalidOperationException($"byte {i} leads to {other}"),
            };
        }

        Assert.InRange(refused, 50, whole.Length);
    }

    private void Write(string json, byte[] data)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. header, .. data]);
    }
}
