using System.Text.Json;
using AdwUNet.Architectures;
using AdwUNet.Datasets;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Cases;

/// <summary>Weights as other programs write them: <c>cases/safetensors.json</c>.</summary>
public class WeightsCasesTests
{
    [Fact]
    public void Every_file_is_read_with_its_numbers_or_refused_with_its_reason() => CaseFiles.All(
        CaseFiles.Read("safetensors"), entry => entry.GetProperty("file").GetString()!, Check);

    /// <summary>The network of an entry's architecture for the plan of its dataset.</summary>
    internal static (Plan Plan, DerivedUNet Network) Network(JsonElement model)
    {
        var dataset = Dataset.Load(CaseFiles.PathOf(model.GetProperty("plan_of").GetString()!.Split('/')));
        var plan = Planner.Plan(Fingerprint.Compute(dataset, cancellation: TestContext.Current.CancellationToken));
        return (plan, new DerivedUNet(plan, Architecture.FromWidths(JsonSerializer.Deserialize<int[][]>(model.GetProperty("architecture").GetString()!)!)));
    }

    private static void Check(JsonElement entry)
    {
        var path = CaseFiles.PathOf("safetensors", entry.GetProperty("file").GetString()!);
        switch (entry.GetProperty("expected").GetString())
        {
            case "refused":
                var error = Assert.Throws<SafetensorsException>(() => Load(entry, path));
                CaseFiles.AssertSays(error.Message, entry.GetProperty("message"), path);
                break;
            case "loaded":
                CheckLoaded(entry, path);
                break;
            default:
                CheckRead(entry, path);
                break;
        }
    }

    private static void Load(JsonElement entry, string path)
    {
        if (entry.TryGetProperty("load_into", out var model))
        {
            using var network = Network(model).Network;
            Weights.Load(network, path);
            return;
        }

        foreach (var tensor in Safetensors.Load(path).Tensors.Values) tensor.Dispose();
    }

    private static void CheckLoaded(JsonElement entry, string path)
    {
        using var network = Network(entry.GetProperty("load_into")).Network;
        Weights.Load(network, path);
        using var parameter = network.state_dict()[entry.GetProperty("sum_of").GetString()!].to_type(ScalarType.Float64);
        var values = parameter.contiguous().data<double>().ToArray();
        var first = CaseFiles.Numbers(entry.GetProperty("first"));
        Assert.Equal(first, values.Take(first.Length));
        Assert.Equal(entry.GetProperty("sum").GetDouble(), values.Sum());
        Assert.Equal(entry.GetProperty("indexed_sum").GetDouble(), values.Select((value, i) => i * value).Sum());
    }

    private static void CheckRead(JsonElement entry, string path)
    {
        var (tensors, metadata) = Safetensors.Load(path);
        Assert.Equal(
            entry.GetProperty("metadata").EnumerateObject().Select(text => (text.Name, text.Value.GetString()!)).Order(),
            metadata.Select(text => (text.Key, text.Value)).Order());
        var expected = entry.GetProperty("tensors").EnumerateObject().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(expected[name].GetProperty("dtype").GetString(), TypeName(tensor.dtype));
            Assert.Equal(expected[name].GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.shape);
            using var numbers = tensor.to_type(ScalarType.Float64);
            Assert.Equal(CaseFiles.Numbers(expected[name].GetProperty("values")), numbers.numel() == 0 ? [] : numbers.data<double>().ToArray());
            tensor.Dispose();
        }
    }

    private static string TypeName(ScalarType type) => type switch
    {
        ScalarType.Float64 => "F64",
        ScalarType.Float32 => "F32",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        ScalarType.Int64 => "I64",
        ScalarType.Int32 => "I32",
        ScalarType.Int16 => "I16",
        ScalarType.Int8 => "I8",
        ScalarType.Byte => "U8",
        _ => type.ToString(),
    };
}
