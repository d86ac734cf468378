using System.Buffers.Binary;
using System.Text;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Storage;
using AdwUNet.Tests.Golden;
using AdwUNet.Tests.Networks;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Training;

public sealed class WeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.PathOf("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    /// <summary>The state that the authors' code gave its network, written as a Python user would, gives the authors' outputs.</summary>
    [Theory]
    [InlineData("adw_derived")]
    [InlineData("ad_derived")]
    public void Weights_that_another_writer_saved_under_the_published_names_give_the_outputs_of_the_golden_npz(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        WriteState(golden, golden.Arrays.Names.Where(n => n.StartsWith("sd/", StringComparison.Ordinal)).Select(n => n[3..]));
        var network = new DerivedUNet(golden.Plan, DerivedUNetGoldenTests.Build(golden).Architecture, seed: 99);

        Weights.Load(network, File);

        var outputs = network.forward(golden.Tensor("input"));
        for (var i = 0; i < outputs.Length; i++)
        {
            Near.Compare(
                Quantity.Relative($"{name}.npz", "logits with weights loaded from safetensors", 2e-5), golden.Tensor($"out_{i}"), outputs[i]);
        }
    }

    [Fact]
    public void Saved_weights_have_the_published_names_and_come_back_exactly()
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase("adw_search_small");
        var network = SupernetGoldenTests.Build(golden);
        Weights.Save(network, File);

        var (tensors, _) = Safetensors.Load(File);
        Assert.Equal(golden.Arrays.Names.Where(n => n.StartsWith("sd/", StringComparison.Ordinal)).Select(n => n[3..]).Order(), tensors.Keys.Order());

        var other = new Supernet(golden.Plan, network.Space, seed: 7);
        Weights.Load(other, File);
        Assert.All(network.state_dict(), pair => Assert.Equal(pair.Value.bytes.ToArray(), other.state_dict()[pair.Key].bytes.ToArray()));
    }

    [Fact]
    public void A_name_that_is_missing_or_a_shape_that_differs_is_told()
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase("adw_derived");
        var names = golden.Arrays.Names.Where(n => n.StartsWith("sd/", StringComparison.Ordinal)).Select(n => n[3..]).ToArray();
        var network = DerivedUNetGoldenTests.Build(golden);

        WriteState(golden, names.Where(name => name != "tu.1.weight"));
        Assert.Contains("'tu.1.weight' is only in the network", Refused(), StringComparison.Ordinal);

        WriteState(golden, names, flattened: "tu.1.weight");
        Assert.Contains("'tu.1.weight' is [", Refused(), StringComparison.Ordinal);

        string Refused() => Assert.Throws<SafetensorsException>(() => Weights.Load(network, File)).Message;
    }

    // Written by hand from the format's description, not by the library.
    private void WriteState(GoldenCase golden, IEnumerable<string> names, string? flattened = null)
    {
        var (header, data) = (new StringBuilder("{"), new MemoryStream());
        foreach (var name in names)
        {
            var (start, values) = (data.Length, golden.Arrays[$"sd/{name}"].ToFloats());
            foreach (var value in values)
            {
                var bytes = new byte[sizeof(float)];
                BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
                data.Write(bytes);
            }

            var shape = name == flattened ? $"{values.Length}" : string.Join(",", golden.Arrays[$"sd/{name}"].Shape);
            header.Append($"{(start == 0 ? "" : ",")}\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{shape}],\"data_offsets\":[{start},{data.Length}]}}");
        }

        var json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        System.IO.File.WriteAllBytes(File, [.. length, .. json, .. data.ToArray()]);
    }
}
