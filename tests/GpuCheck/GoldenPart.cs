using System.Globalization;
using AdwUNet.Networks;
using AdwUNet.Search;
using static TorchSharp.torch;

namespace AdwUNet.GpuCheck;

/// <summary>
/// Part 2: logits, gradients and steps of the golden networks on the device in float32, with the tolerances of the tests (about ten times what the
/// manifest's guide says of two runs of the reference), and the cosines of the gradients in bfloat16.
/// </summary>
internal sealed class GoldenPart
{
    public const string Title = "Golden values";

    private const double Logits = 2e-5;
    private const double Gradients = 5e-5;
    private const double Norm = 5e-6;
    private const double Steps = 1e-5;
    private const double Architecture = 1e-4;
    private const double GuideFactor = 10;
    private const double MeaningfulGradient = 1e-6; // below it, the direction of an Adam step is rounding noise
    private const double MeaningfulNorm = 1e-4;

    // These networks have 4 to 12 channels and maps of 16 voxels an edge, in which rounding averages out less than at full width, which the tests of
    // the engines ask 0.999 and 0.99 of. A wrong formula is far below: mask and norm rounded one by one gave the alphas 0.75 to −0.58.
    private const double WeightCosine = 0.95;
    private const double AlphaCosine = 0.95;

    private static readonly string[] Searched = ["adw_search_small", "aw_search_aniso", "ad_search_small"];
    private static readonly string[] Derived = ["adw_derived", "aw_derived_aniso", "ad_derived"];
    private static readonly double[] Temperatures = [5, 0.5];

    private readonly Dictionary<(string Case, string Quantity), (double Difference, double Tolerance)> _seen = [];
    private readonly List<string[]> _cosines = [];

    public static void Run(CheckReport report, Device device)
    {
        var part = new GoldenPart();
        foreach (var name in Searched)
        {
            Array.ForEach(Temperatures, temperature => part.OfSearch(name, temperature, device));
            part.OfSteps(name, device);
        }

        Array.ForEach(Derived, name => part.OfDerived(name, device));
        part.OfBFloat16(device);
        part.Write(report);
    }

    private static string Of(double temperature, string rest) => string.Create(CultureInfo.InvariantCulture, $"tau{temperature}{rest}");

    private static Dictionary<string, Tensor> Parameters(GoldenNetwork golden) =>
        golden.Network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    private static double NormOf(GoldenNetwork golden) =>
        Math.Sqrt(golden.Network.parameters().Where(p => p.grad is not null).Sum(p => p.grad!.to(float64).square().sum().item<double>()));

    /// <summary>Forward and backward pass; returns the logits.</summary>
    private static Tensor[] Pass(GoldenNetwork golden)
    {
        Tensor[] kept = [];
        var (image, targets) = golden.IsSearch ? (golden.Tensor("input_A"), golden.Targets("A")) : (golden.Tensor("input"), golden.Targets(null));
        golden.Network.Backward(image, logits =>
        {
            kept = [.. logits.Select(output => output.detach().clone().DetachFromDisposeScope())]; // beyond the scope of the pass
            return golden.Loss(golden.IsSearch).Forward(logits, targets);
        });
        return kept;
    }

    private void OfSearch(string name, double temperature, Device device)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenNetwork(name, device);
        golden.Supernet.Choice.Temperature = temperature;
        golden.Supernet.Choice.Noise = golden.Noise(0);
        var logits = Pass(golden);
        for (var i = 0; i < logits.Length; i++)
        {
            Relative(name, "logits", Logits, golden.Tensor(Of(temperature, $"/out_{i}")), logits[i]);
        }

        var parameters = Parameters(golden);
        foreach (var parameter in golden.Below(Of(temperature, "/grad/")))
        {
            var (expected, actual) = (golden.Tensor(Of(temperature, $"/grad/{parameter}")), parameters[parameter].grad!);
            if (parameter.EndsWith(".alphas", StringComparison.Ordinal))
                Absolute(name, "gradients of alphas", GuideFactor * golden.Guide("grad_alphas_vs_f64"), expected, actual);
            else if (parameter.EndsWith(".conv.bias", StringComparison.Ordinal))
                Absolute(name, "gradients of biases before a norm", GuideFactor * golden.Guide("grad_conv_bias_is_noise_vs_f64"), expected, actual);
            else
                Relative(name, parameter.EndsWith(".betas", StringComparison.Ordinal) ? "gradients of betas" : "gradients of weights", Gradients, expected, actual);
        }

        var norm = golden.Scalars.GetProperty(Of(temperature, "")).GetProperty("grad_norm_all_params").GetDouble();
        Note(name, "norm of all gradients", Norm, Math.Abs(NormOf(golden) - norm) / norm);
    }

    private void OfDerived(string name, Device device)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenNetwork(name, device);
        var logits = Pass(golden);
        for (var i = 0; i < logits.Length; i++)
        {
            Relative(name, "logits", Logits, golden.Tensor($"out_{i}"), logits[i]);
        }

        var parameters = Parameters(golden);
        foreach (var parameter in golden.Below("grad/"))
        {
            Relative(name, "gradients of weights", Gradients, golden.Tensor($"grad/{parameter}"), parameters[parameter].grad!);
        }

        var norm = golden.Scalars.GetProperty("grad_norm").GetDouble();
        Note(name, "norm of all gradients", Norm, Math.Abs(NormOf(golden) - norm) / norm);
    }

    private void OfSteps(string name, Device device)
    {
        foreach (var block in new[] { "sgd", "adam", "adam_tau0.5", "search_sequence" })
        {
            using var scope = NewDisposeScope();
            var golden = new GoldenNetwork(name, device);
            var expected = golden.Scalars.GetProperty(block);
            golden.Supernet.Choice.Temperature = expected.GetProperty("tau").GetDouble();
            using var optimizer = new MixedLevelOptimizer(golden.Supernet, golden.Loss(batchDice: true), new SearchOptions());
            foreach (var step in expected.GetProperty("steps").EnumerateArray())
            {
                golden.Supernet.Choice.Noise = golden.Noise(step.GetProperty("noise_set").GetInt32());
                var data = step.GetProperty("data").GetString()!;
                var (image, targets) = (golden.Tensor($"input_{data}"), golden.Targets(data));
                var onWeights = step.GetProperty("optimizer").GetString()!.StartsWith("SGD", StringComparison.Ordinal);
                var loss = onWeights ? optimizer.WeightStep(image, targets) : optimizer.ArchitectureStep(image, targets);
                var wanted = step.GetProperty("loss").GetDouble();
                Note(name, "loss of search steps", Steps, Math.Abs(loss - wanted) / Math.Abs(wanted));
                var norm = step.GetProperty("clip_total_norm_before_clipping").GetDouble();
                if (norm >= MeaningfulNorm)
                    Note(name, "norm before clipping", Steps, Math.Abs(optimizer.LastGradientNorm - norm) / norm);
                CompareParameters(golden, block, step.GetProperty("step").GetInt32());
            }
        }
    }

    private void CompareParameters(GoldenNetwork golden, string block, int step)
    {
        var parameters = Parameters(golden);
        var prefix = $"{block}/after_{step}/";
        foreach (var parameter in golden.Below(prefix))
        {
            var (expected, actual) = (golden.Tensor(prefix + parameter), parameters[parameter]);
            if (!Supernet.IsArchitecture(parameter))
            {
                Relative(golden.Name, "weights after search steps", Steps, expected, actual);
                continue;
            }

            var meaningful = golden.Tensor($"tau{(block == "adam" ? "5" : "0.5")}/grad_f64/{parameter}").abs() >= MeaningfulGradient;
            Absolute(golden.Name, "alphas and betas after search steps where the gradient is above 1e-6", Architecture, expected * meaningful, actual * meaningful);
        }
    }

    private void OfBFloat16(Device device)
    {
        foreach (var name in Searched)
        {
            using var scope = NewDisposeScope();
            var golden = new GoldenNetwork(name, device, Precision.BFloat16);
            var arithmetic = golden.Network.ArithmeticOn(device);
            if (arithmetic.Precision != Precision.BFloat16)
            {
                _cosines.Add([name, "none", $"{arithmetic}", ""]);
                continue;
            }

            golden.Supernet.Choice.Temperature = Temperatures[0];
            golden.Supernet.Choice.Noise = golden.Noise(0);
            Pass(golden);
            var parameters = Parameters(golden);
            var names = golden.Below(Of(Temperatures[0], "/grad_f64/")).ToArray();
            AddCosine(golden, arithmetic, parameters, "weights", WeightCosine, names.Where(n => !Supernet.IsArchitecture(n) && !n.EndsWith(".conv.bias", StringComparison.Ordinal)));
            AddCosine(golden, arithmetic, parameters, "alphas", AlphaCosine, names.Where(n => n.EndsWith(".alphas", StringComparison.Ordinal)));
        }
    }

    private void AddCosine(GoldenNetwork golden, Arithmetic arithmetic, Dictionary<string, Tensor> parameters, string what, double least, IEnumerable<string> names)
    {
        var pairs = names.Select(n => (golden.Tensor(Of(Temperatures[0], $"/grad_f64/{n}")).to(float64), parameters[n].grad!.to(float64))).ToArray();
        if (pairs.Length == 0)
        {
            return;
        }

        double Product(Func<(Tensor Expected, Tensor Actual), Tensor> of) => pairs.Sum(pair => of(pair).sum().item<double>());
        var cosine = Product(p => p.Expected * p.Actual) / Math.Sqrt(Product(p => p.Expected.square()) * Product(p => p.Actual.square()));
        _cosines.Add([golden.Name, what, $"{arithmetic}", cosine.ToString("0.00000", CultureInfo.InvariantCulture)]);
        Note(golden.Name, $"1 − cosine of the gradients of {what}, bfloat16", 1 - least, 1 - cosine);
    }

    private void Relative(string name, string quantity, double tolerance, Tensor expected, Tensor actual)
    {
        var largest = expected.abs().max().to(float64).item<double>();
        var difference = Difference(expected, actual);
        Note(name, quantity, tolerance, difference == 0 ? 0 : difference / largest);
    }

    private void Absolute(string name, string quantity, double tolerance, Tensor expected, Tensor actual) =>
        Note(name, quantity, tolerance, Difference(expected, actual));

    private static double Difference(Tensor expected, Tensor actual) => (expected.to(float64) - actual.detach().to(float64)).abs().max().item<double>();

    private void Note(string name, string quantity, double tolerance, double difference)
    {
        var before = _seen.TryGetValue((name, quantity), out var known) ? known.Difference : 0;
        _seen[(name, quantity)] = (double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(before, difference), tolerance);
    }

    private void Write(CheckReport report)
    {
        static string Number(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);
        report.Section(Title, text => text
            .Paragraph($"{_seen.Count} quantities of {Searched.Length + Derived.Length} networks; `tests/golden/manifest.json` says how the values were made.")
            .Table(
                ["Network", "Quantity", "Largest difference", "Tolerance", ""],
                [.. _seen.Select(s => (string[])[s.Key.Case, s.Key.Quantity, Number(s.Value.Difference), Number(s.Value.Tolerance), s.Value.Difference <= s.Value.Tolerance ? "" : "**above**"])])
            .Paragraph("Cosines of the gradients in bfloat16 against the reference in double precision:")
            .Table(["Network", "Gradients of", "Computed in", "Cosine"], _cosines));
        Console.WriteLine($"{_seen.Count} quantities compared");
        foreach (var ((name, quantity), (difference, tolerance)) in _seen.Where(s => !(s.Value.Difference <= s.Value.Tolerance)))
        {
            report.Fault($"{name}, {quantity}: {Number(difference)} where {Number(tolerance)} is allowed.");
        }
    }
}
