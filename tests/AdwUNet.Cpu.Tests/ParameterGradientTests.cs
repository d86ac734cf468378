using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdwUNet.Cpu.Tests;

/// <summary>How kernels and the loss write the gradients of parameters.</summary>
public sealed unsafe class ParameterGradientTests
{
    [Fact]
    public void A_written_gradient_overwrites_the_previous_one_in_its_memory()
    {
        using var scope = NewDisposeScope();
        using var parameter = WithGradient(5);
        var address = (nint)ParameterMemory.Floats(parameter.grad!);
        var memory = new ParameterMemory();
        memory.SetGradient(parameter, [1, 2]);
        Assert.Equal([1, 2], Gradient(parameter));
        Assert.Equal(address, (nint)memory.Gradient(parameter));
    }

    [Fact]
    public void Gradients_that_a_pass_does_not_write_become_zero()
    {
        using var scope = NewDisposeScope();
        using var written = WithGradient(5);
        using var other = WithGradient(6);
        using var none = new Parameter(zeros(2));
        using var frozen = new Parameter(zeros(2), requires_grad: false);
        var memory = new ParameterMemory();
        memory.SetGradient(written, [1, 2]);
        memory.SetGradient(frozen, [1, 2]);
        memory.ClearOthers([written, other, none, frozen]);
        Assert.Equal([1, 2], Gradient(written));
        Assert.Equal([0, 0], Gradient(other));
        Assert.True(none.grad is null && frozen.grad is null);
    }

    [Fact]
    public void A_penalty_is_added_to_the_gradient_that_the_kernels_write()
    {
        using var scope = NewDisposeScope();
        using var both = WithGradient(5);
        using var penaltyOnly = new Parameter(ones(2));
        using (var penalties = new PenaltyGradients([both, penaltyOnly]))
        {
            Assert.Null(both.grad);
            (3 * (both.sum() + penaltyOnly.sum())).backward();
            penalties.SetAside();
            Assert.Equal([5, 5], Gradient(both)); // the memory that kernels overwrite
            new ParameterMemory().SetGradient(both, [1, 2]);
            penalties.Add();
        }

        Assert.Equal([4, 5], Gradient(both));
        Assert.Equal([3, 3], Gradient(penaltyOnly));
    }

    [Fact]
    public void A_failed_loss_leaves_the_previous_gradients()
    {
        using var scope = NewDisposeScope();
        using var parameter = WithGradient(5);
        using var none = new Parameter(zeros(2));
        new PenaltyGradients([parameter, none]).Dispose();
        Assert.Equal([5, 5], Gradient(parameter));
        Assert.Null(none.grad);
    }

    private static Parameter WithGradient(float value) => new(zeros(2)) { grad = full(2, value) };

    private static float[] Gradient(Parameter parameter) => parameter.grad!.data<float>().ToArray();
}
