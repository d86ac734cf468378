using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Experiments;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>Measures the engine for GPUs on a CPU, and writes tests/Benchmarks/MIXED.md.</summary>
internal static class MixedReport
{
    private const string ProfileName = "quick";

    /// <summary>Measures all, and writes the report after each part.</summary>
    /// <param name="data">The folder of Task04_Hippocampus.</param>
    /// <param name="root">The folder whose <c>runs</c> holds preprocessed cases.</param>
    /// <param name="output">The file.</param>
    public static void Run(DirectoryInfo data, DirectoryInfo root, string output)
    {
        Environment.SetEnvironmentVariable(Experiment.DataVariable, data.Parent!.FullName);
        var experiment = new Experiment(root.FullName, data.Name, ProfileName, "cpu");
        using var store = experiment.EnsureStore();
        var report = new Markdown()
            .Heading(1, "Mixed precision by libtorch")
            .Paragraph($"Made by `dotnet run --project tests/Benchmarks -c Release -- --mixed --data data/{data.Name}`. The engine for GPUs computes, on a CPU: no GPU was there.")
            .List(Machine.Describe());
        report.Heading(2, "Memory of a step")
            .Paragraph(
                "The growth of the largest resident memory of a fresh process by one backward pass of a narrow supernet, beside the estimate of `MixedStepMemory`: what is "
                + "kept for the backward pass, and what the finest block needs beside it. The workspace of convolutions is not in the estimate.")
            .Table(["case", "computed in", "measured", "estimate", "estimate / measured"], [.. MixedMemory.Rows()]);
        File.WriteAllText(output, report.ToString());
        report.Heading(2, "Searches")
            .Paragraph($"The search of the profile `{ProfileName}` on {data.Name}: how many decisions (depth of each block, width of each convolution) two searches have in common.")
            .Table(["what differs", "decisions", "equal, mean", "each pair"], new MixedSearches(store, experiment).Rows());
        File.WriteAllText(output, report.ToString());
        report.Heading(2, "Gradients")
            .Paragraph(
                $"The supernet of AdwU-Net at its published width on two patches of 40×56×40 of {data.Name}: cosine of all gradients of a kind in bfloat16 with those in another type, "
                + $"at initialisation and after {MixedCosines.Steps} steps of a search.")
            .Table(["mask", "steps before", "against", "weights", "alphas", "betas"], [.. new MixedCosines([.. store.Cases.Select(entry => store[entry.Id])]).Rows()]);
        File.WriteAllText(output, report.ToString());
        Console.Write(report);
    }
}
