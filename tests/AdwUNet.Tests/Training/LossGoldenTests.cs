using System.Text.Json;
using AdwUNet.Networks;
using AdwUNet.Tests.Golden;
using AdwUNet.Tests.Networks;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Tests.Training;

/// <summary>The losses that manifest.json states for the networks of the .npz files.</summary>
public class LossGoldenTests
{
    private const double Tolerance = 2e-6; // relative; the manifest's rerun differs by 2.1e-7, give or take a factor of 10
    private const double DiceTolerance = 1e-6; // absolute, of values in [-1, 0]
    private const double DoubleTolerance = 1e-12; // relative, float64 against float64

    public static TheoryData<string, double> SearchCases => SupernetGoldenTests.Cases;

    [Theory]
    [MemberData(nameof(SearchCases))]
    public void Losses_of_search_nets_equal_manifest_json(string name, double temperature)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = SupernetGoldenTests.Build(golden, temperature);
        var logits = network.forward(golden.Tensor("input_A"));
        var targets = golden.Targets("A");
        var scalars = golden.Scalars.GetProperty(FormattableString.Invariant($"tau{temperature}"));

        foreach (var batchDice in new[] { true, false })
        {
            var loss = new DiceCrossEntropyLoss(batchDice);
            var suffix = $"batch_dice_{batchDice}";
            for (var i = 0; i < logits.Length; i++)
            {
                Compare(golden, "cross-entropy of an output", scalars.GetProperty("per_output_ce")[i], nn.functional.cross_entropy(logits[i], targets[i]));
                Near.Compare(
                    Quantity.Absolute($"{name}.npz", $"soft Dice of an output, {Words(batchDice)}", DiceTolerance),
                    scalars.GetProperty($"per_output_soft_dice_loss_{suffix}")[i].GetDouble(),
                    loss.SoftDice(logits[i], targets[i]).item<float>());
                Compare(golden, $"Dice and cross-entropy of an output, {Words(batchDice)}", scalars.GetProperty($"per_output_dc_ce_{suffix}")[i], loss.Forward(logits[i], targets[i]));
            }

            var ruled = new DeepSupervision(loss, DeepSupervision.Weights(logits.Length)).Forward(logits, targets);
            Compare(golden, $"loss, {Words(batchDice)}", scalars.GetProperty($"loss_total_rule_weights_{suffix}"), ruled);
        }

        var total = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: true), golden.SupervisionWeights).Forward(logits, targets);
        Compare(golden, "loss, batch Dice", scalars.GetProperty("loss_total"), total);
    }

    [Theory]
    [MemberData(nameof(SearchCases))]
    public void Losses_of_search_nets_in_double_precision_equal_manifest_json(string name, double temperature)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var network = SupernetGoldenTests.Build(golden, temperature);
        network.to(float64);
        var logits = network.forward(golden.Tensor("input_A").to(float64));
        var loss = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: true), golden.SupervisionWeights);

        var total = loss.Forward(logits, golden.Targets("A"));

        Assert.Equal(float64, total.dtype);
        var expected = golden.Scalars.GetProperty(FormattableString.Invariant($"tau{temperature}_f64")).GetProperty("loss_total").GetDouble();
        Near.Compare(Quantity.Relative($"{name}.npz", "loss in double precision", DoubleTolerance), expected, total.item<double>());
    }

    [Theory]
    [InlineData("adw_derived")]
    [InlineData("aw_derived_aniso")]
    [InlineData("ad_derived")]
    public void Losses_of_derived_nets_equal_manifest_json(string name)
    {
        using var scope = NewDisposeScope();
        var golden = new GoldenCase(name);
        var logits = DerivedUNetGoldenTests.Build(golden).forward(golden.Tensor("input"));
        Assert.Equal(golden.SupervisionWeights, DeepSupervision.Weights(logits.Length));

        var loss = new DeepSupervision(new DiceCrossEntropyLoss(BatchDice: false), golden.SupervisionWeights).Forward(logits, golden.Targets());

        Compare(golden, "loss, per-sample Dice", golden.Scalars.GetProperty("loss_batch_dice_False"), loss);
    }

    private static string Words(bool batchDice) => batchDice ? "batch Dice" : "per-sample Dice";

    private static void Compare(GoldenCase golden, string quantity, JsonElement expected, Tensor actual) =>
        Near.Compare(Quantity.Relative($"{golden.Name}.npz", quantity, Tolerance), expected.GetDouble(), actual.item<float>());
}
