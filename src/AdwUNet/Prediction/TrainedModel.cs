using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Storage;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Prediction;

/// <summary>A trained network with everything that segmentation needs, loaded from the folder of a training.</summary>
public sealed class TrainedModel : IDisposable
{
    /// <summary>The weights with the best moving average of the validation Dice.</summary>
    public const string BestWeightsFile = "best.safetensors";

    /// <summary>The weights after the last epoch.</summary>
    public const string FinalWeightsFile = "final.safetensors";

    /// <summary>The plan, for prediction.</summary>
    public const string PlanFile = "plan.json";

    /// <summary>The architecture, for prediction.</summary>
    public const string ArchitectureFileName = "architecture.json";

    /// <summary>The identity of the convolution unit; missing for the published one.</summary>
    public const string UnitFile = "unit.json";

    private TrainedModel(Plan plan, DerivedUNet network, Device device) => (Plan, Network, Device) = (plan, network, device);

    /// <summary>The plan that it was trained with.</summary>
    public Plan Plan { get; }

    /// <summary>The network.</summary>
    public DerivedUNet Network { get; }

    /// <summary>The device of the network.</summary>
    public Device Device { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">The folder of a training.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="weightsFile">The file of the weights; the best ones by default.</param>
    /// <param name="unfinished">Whether the weights may be those of a training that has not ended, or ended by an error.</param>
    /// <param name="unit">The convolution unit of the training if it is code of your own; no file contains code.</param>
    /// <exception cref="AdwUNetException">A file is missing or damaged, the training has not ended, or it used another unit; the message says which.</exception>
    public static TrainedModel Load(
        string folder, Device? device = null, string weightsFile = BestWeightsFile, bool unfinished = false, UnitFactory? unit = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new RunException($"There is no folder {folder}; give the folder of a training, such as runs/RUN/training/fold0.");
        }

        var plan = Plan.Load(Path.Combine(folder, PlanFile));
        var architecture = ArchitectureFile.Load(Path.Combine(folder, ArchitectureFileName));
        if (!unfinished && !File.Exists(Path.Combine(folder, FinalWeightsFile)))
        {
            throw new RunException(
                $"The training in {folder} is not finished ({FinalWeightsFile} is missing); resume it, or pass unfinished: true to load its current weights.");
        }

        var network = new DerivedUNet(plan, architecture, unit: MethodPart.Resolve(Path.Combine(folder, UnitFile), unit)) { Precision = Precision.Float32 };
        Weights.Load(network, Path.Combine(folder, weightsFile));
        network.to(device ?? CPU);
        network.eval();
        return new TrainedModel(plan, network, device ?? CPU);
    }

    /// <summary>A segmenter that uses this model; valid until the model is disposed.</summary>
    /// <param name="options">The options of the prediction; those of nnU-Net v1, in float32, when null.</param>
    /// <param name="postprocessing">What is done to every segmentation; nothing when null.</param>
    public Segmenter Segmenter(PredictionOptions? options = null, Postprocessing? postprocessing = null) =>
        new(Plan, [Network], options, Device) { Postprocessing = postprocessing };

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
