using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Training;

namespace AdwUNet.Runs.Tests.Durability;

/// <summary>Runs that read the numbers of a step while the device computes the next, as on a GPU; here the device is the CPU.</summary>
public sealed class LateReadTests : IDisposable
{
    private const int StopAfter = 6; // in the second epoch
    private const double Tolerance = 1e-3; // of losses: other kernels step and clip

    private readonly TemporaryFolder _folder = new(inMemory: true);

    public LateReadTests() => StepNumbers.ActsAsOnDevice = true;

    public void Dispose()
    {
        StepNumbers.ActsAsOnDevice = false;
        _folder.Dispose();
    }

    [Fact]
    public void A_search_has_the_losses_of_all_steps_and_resumes_bit_for_bit() =>
        Check(name => TinyRuns.Search(_folder.PathOf(name)), epoch => [epoch.WeightLoss, epoch.ArchitectureLoss ?? 0, epoch.ValidationLoss]);

    [Fact]
    public void A_training_has_the_losses_of_all_steps_and_resumes_bit_for_bit() =>
        Check(name => TinyRuns.TrainingRun(_folder.PathOf(name)), epoch => [epoch.TrainingLoss, epoch.ValidationLoss]);

    [Fact]
    public void A_number_that_is_not_finite_is_found_at_its_step_and_no_checkpoint_has_it()
    {
        using var run = TinyRuns.TrainingRun(_folder.PathOf("run"), training: TinyRuns.Nan(), threads: 0);
        var error = Assert.Throws<NumericalException>(() => run.Run(cancellation: TestContext.Current.CancellationToken).Count());
        Assert.Equal((NumericalFault.Image, 0, 0), (error.Fault, error.Epoch, error.Iteration));
        Assert.Null(NumericalFinding.FirstIn(run.Network.named_parameters().Select(p => (p.name, (TorchSharp.torch.Tensor)p.parameter)))); // the next step was skipped, too
    }

    private void Check<TNetwork, TState, TEpoch>(Func<string, DurableRun<TNetwork, TState, TEpoch>> open, Func<TEpoch, double[]> losses)
        where TNetwork : EncoderDecoder
        where TState : ILoopState
    {
        double[] History(string name)
        {
            using var run = open(name);
            return [.. run.Run(cancellation: TestContext.Current.CancellationToken).SelectMany(losses)];
        }

        var late = History("whole");
        StepNumbers.ActsAsOnDevice = false;
        var atOnce = History("at once");
        StepNumbers.ActsAsOnDevice = true;
        Assert.All(late.Zip(atOnce), pair => Assert.Equal(pair.Second, pair.First, Tolerance));

        using (var stop = new CancellationTokenSource())
        using (var run = open("stopped"))
        {
            var seen = 0;
            var progress = new Immediate<StepProgress>(_ =>
            {
                if (++seen == StopAfter)
                {
                    stop.Cancel();
                }
            });
            Assert.ThrowsAny<OperationCanceledException>(() => run.Run(progress, stop.Token).Count());
        }

        History("stopped");
        Assert.Equal(TinyRuns.Files(_folder.PathOf("whole")), TinyRuns.Files(_folder.PathOf("stopped")));
    }
}
