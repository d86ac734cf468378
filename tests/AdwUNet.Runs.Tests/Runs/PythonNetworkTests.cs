using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using AdwUNet.Architectures;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Storage;
using AdwUNet.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;
using Architecture = AdwUNet.Architectures.Architecture;

namespace AdwUNet.Runs.Tests;

/// <summary>The Python program in the README of a run's folder computes the logits of this library.</summary>
public sealed partial class PythonNetworkTests : IDisposable
{
    private const double Tolerance = 1e-4; // of the largest logit, in float32

    // The names and shapes of the packages that the program imports; the weights' file is read by its definition.
    private const string Packages = """
        import sys, types, struct, json, torch
        from torch import nn

        class Unit(nn.Module):
            def __init__(self, conv_op, inputs, outputs, kernel, stride, bias, norm, norm_kwargs, nonlin, nonlin_kwargs):
                super().__init__()
                self.conv = conv_op(inputs, outputs, kernel, stride, padding=[(k - 1) // 2 for k in kernel], bias=bias)
                self.norm = norm(outputs, **norm_kwargs)
                self.nonlin = nonlin(**nonlin_kwargs)
            def forward(self, x):
                return self.nonlin(self.norm(self.conv(x)))

        class StackedConvBlocks(nn.Module):
            def __init__(self, num_convs, conv_op, input_channels, output_channels, kernel_size, initial_stride, conv_bias=False,
                         norm_op=None, norm_op_kwargs=None, dropout_op=None, dropout_op_kwargs=None, nonlin=None, nonlin_kwargs=None):
                super().__init__()
                inputs = [input_channels] + output_channels
                self.convs = nn.Sequential(*[Unit(conv_op, inputs[i], inputs[i + 1], kernel_size, initial_stride if i == 0 else 1,
                    conv_bias, norm_op, norm_op_kwargs, nonlin, nonlin_kwargs) for i in range(num_convs)])
            def forward(self, x):
                return self.convs(x)

        def load_file(path):
            data = open(path, "rb").read()
            start = 8 + struct.unpack("<Q", data[:8])[0]
            header = json.loads(data[8:start])
            return {name: torch.frombuffer(bytearray(data[start + t["data_offsets"][0]:start + t["data_offsets"][1]]), dtype=torch.float32).reshape(t["shape"])
                    for name, t in header.items() if name != "__metadata__"}

        for name in ("dynamic_network_architectures", "dynamic_network_architectures.building_blocks",
                     "dynamic_network_architectures.building_blocks.simple_conv_blocks", "safetensors", "safetensors.torch"):
            sys.modules[name] = types.ModuleType(name)
        sys.modules["dynamic_network_architectures.building_blocks.simple_conv_blocks"].StackedConvBlocks = StackedConvBlocks
        sys.modules["safetensors.torch"].load_file = load_file
        """;

    private const string Main = """

        torch.set_num_threads(1)
        image = torch.frombuffer(bytearray(open("image.bin", "rb").read()), dtype=torch.float32).reshape(2, 1, 8, 16, 16)
        with torch.no_grad():
            open("logits.bin", "wb").write(load(".")(image).contiguous().numpy().tobytes())
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Family.AdwUNet)]
    [InlineData(Family.AdUNet)]
    public void The_Python_network_of_a_run_has_its_logits(Family family)
    {
        Assert.SkipUnless(Python("-c", "import torch, numpy").Code == 0, "PyTorch is not installed for /usr/bin/python3 (Debian: python3-torch).");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var plan = TinyRuns.Plan with { PatchSize = new(8, 16, 16), PoolKernels = [new(1, 2, 2), Shape3.Cube(2)], ConvKernels = [new(1, 3, 3), Shape3.Cube(3), Shape3.Cube(3)] };
        var architecture = Architecture.FromWidths(
            family == Family.AdUNet ? [[4, 4], [8], [16, 16, 16], [8, 8], [4]] : [[4, 6], [8], [12, 8, 10], [6, 4], [4]], family);
        using var network = new DerivedUNet(plan, architecture, seed: 3);
        foreach (var (_, parameter) in network.named_parameters().Where(p => p.parameter.dim() == 1)) parameter.add_(rand(parameter.shape)); // biases, scales and shifts
        plan.Save(_folder.PathOf(TrainedModel.PlanFile));
        ArchitectureFile.Save(_folder.PathOf(TrainedModel.ArchitectureFileName), architecture);
        Weights.Save(network, _folder.PathOf(TrainedModel.FinalWeightsFile));
        var image = randn([2, 1, 8, 16, 16]);
        File.WriteAllBytes(_folder.PathOf("image.bin"), MemoryMarshal.AsBytes<float>(image.data<float>().ToArray()).ToArray());
        var program = Code().Match(File.ReadAllText(Path.Combine(GoldenFiles.Root, "src", "AdwUNet.Runs", "README.md"))).Groups[1].Value;
        File.WriteAllText(_folder.PathOf("network.py"), Packages + "\n" + program + Main);

        var (code, said) = Python("network.py");
        Assert.True(code == 0, said);
        var logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_folder.PathOf("logits.bin"))).ToArray();
        var expected = network.forward(image)[0];
        Assert.Equal(expected.numel(), logits.Length);
        Assert.InRange(((tensor(logits).view(expected.shape) - expected).abs().max() / expected.abs().max()).item<float>(), 0, Tolerance);
    }

    private (int Code, string Said) Python(params string[] arguments)
    {
        const string python = "/usr/bin/python3";
        if (!File.Exists(python)) return (1, "");
        using var process = Process.Start(new ProcessStartInfo(python, arguments) { WorkingDirectory = _folder.Root, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}
