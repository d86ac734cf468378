using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Storage;

/// <summary>The optimizer of one group of parameters, with its state for checkpoints.</summary>
/// <param name="optimizer">The optimizer of TorchSharp.</param>
/// <param name="group">The name of the group, for checkpoints.</param>
internal class GroupOptimizer(OptimizerHelper optimizer, string group) : IDisposable
{
    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate
    {
        get => optimizer.ParamGroups.First().LearningRate;
        set
        {
            foreach (var part in optimizer.ParamGroups)
            {
                part.LearningRate = value;
            }
        }
    }

    /// <summary>Steps every parameter that has a gradient, unless the numbers of the step are not finite.</summary>
    public virtual void Step(StepNumbers? numbers = null)
    {
        if (numbers?.AreFinite != false)
            optimizer.step();
    }

    /// <summary>Adds the state of the optimizer to the tensors of a checkpoint.</summary>
    public virtual void Collect(IDictionary<string, Tensor> into)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            optimizer.save_state_dict(writer);
        }

        into[StateName] = tensor(bytes.ToArray());
    }

    /// <summary>Restores the result of <see cref="Collect"/>.</summary>
    public virtual void Restore(StoredTensors from, Device device)
    {
        using var reader = new BinaryReader(new MemoryStream(from.GetBytes(StateName)));
        optimizer.load_state_dict(reader);
        optimizer.to(device);
        foreach (var state in optimizer.state_dict().State)
        {
            // Otherwise they end with the scope in which the checkpoint is read.
            var values = state.GetType().GetProperties().Select(property => property.GetValue(state)).Concat(state.GetType().GetFields().Select(field => field.GetValue(state)));
            foreach (var value in values.OfType<Tensor>())
            {
                value.DetachFromDisposeScope();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => optimizer.Dispose();

    private string StateName => $"optimizer.{group}";
}
