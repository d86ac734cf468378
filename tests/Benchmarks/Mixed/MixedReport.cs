using AdwUNet.Benchmarks.Measuring;
using AdwUNet.Benchmarks.Report;
using AdwUNet.Experiments;

namespace AdwUNet.Benchmarks.Mixed;

/// <summary>A part of tests/Benchmarks/MIXED.md.</summary>
internal enum MixedPart
{
    /// <summary>Memory of a step against its estimate.</summary>
    Memory,

    /// <summary>Operations of a step.</summary>
    Operations,

    /// <summary>Searches in both precisions.</summary>
    Searches,

    /// <summary>Gradients against float64.</summary>
    Gradients,
}

/// <summary>Measures the engine for GPUs on a CPU, and writes tests/Benchmarks/MIXED.md. Parts that are not measured stay as they are.</summary>
/// <param name="data">The folder of Task04_Hippocampus; <see cref="MixedPart.Searches"/> and <see cref="MixedPart.Gradients"/> read it.</param>
/// <param name="root">The folder whose <c>runs</c> holds preprocessed cases.</param>
/// <param name="output">The file.</param>
internal sealed class MixedReport(DirectoryInfo data, DirectoryInfo root, string output)
{
    private const string ProfileName = "quick";
    private const string SectionStart = "\n## ";

    /// <summary>Measures parts, and writes the report after each.</summary>
    public void Run(IReadOnlyCollection<MixedPart> parts)
    {
        if (parts.Contains(MixedPart.Memory))
        {
            Write("Memory of a step", MixedMemory.Section(Section()));
        }

        if (parts.Contains(MixedPart.Operations))
        {
            Write("Operations of a step", MixedOperations.Section(Section()));
        }

        if (!NeedsData(parts))
        {
            return;
        }

        Environment.SetEnvironmentVariable(Experiment.DataVariable, data.Parent!.FullName);
        var experiment = new Experiment(root.FullName, data.Name, ProfileName, "cpu");
        using var store = experiment.EnsureStore();
        if (parts.Contains(MixedPart.Searches))
        {
            Write("Searches", Section()
                .Paragraph($"The search of the profile `{ProfileName}` on {data.Name}: how many decisions (depth of each block, width of each convolution) two searches have in common.")
                .Table(["what differs", "decisions", "equal, mean", "each pair"], new MixedSearches(store, experiment).Rows()));
        }

        if (parts.Contains(MixedPart.Gradients))
        {
            var cosines = new MixedCosines([.. store.Cases.Select(entry => store[entry.Id])]);
            var start = Machine.Describe();
            cosines.Measure(() => Write("Gradients", Gradients(new Markdown().List(start), cosines)));
        }
    }

    /// <summary>Whether these parts read the dataset.</summary>
    public static bool NeedsData(IReadOnlyCollection<MixedPart> parts) => parts.Contains(MixedPart.Searches) || parts.Contains(MixedPart.Gradients);

    private static Markdown Section() => new Markdown().List(Machine.Describe());

    private Markdown Gradients(Markdown section, MixedCosines cosines) => section
        .Paragraph(
            $"The supernet of AdwU-Net at its published width on two patches of 40×56×40 of {data.Name}: cosine of all gradients of a kind with those in float64, at initialisation and "
            + $"after {MixedCosines.Steps} steps of a search. \"bfloat16\" is the engine; \"float32 between layers\" the same with the gradients of feature maps in float32; \"libtorch's "
            + "autocast\" the modules as they stand, as PyTorch computes them within `torch.autocast`; \"rounded once\" is float32 throughout on weights and an image that were rounded to bfloat16: "
            + "no computation with bfloat16 weights can be expected to come closer.")
        .Table(MixedCosines.Head, cosines.Rows)
        .Paragraph($"The same by the parts of the network, weights only, with the mask before the norm after {MixedCosines.Steps} steps:")
        .Table(MixedCosines.BlockHead, cosines.Blocks);

    private void Write(string title, Markdown section)
    {
        var old = File.Exists(output) ? File.ReadAllText(output).Split(SectionStart).Skip(1).ToDictionary(text => text.Split('\n')[0], text => text[text.IndexOf('\n', StringComparison.Ordinal)..].Trim()) : [];
        old[title] = section.ToString().Trim();
        var head = new Markdown()
            .Heading(1, "Mixed precision by libtorch")
            .Paragraph($"Made by `dotnet run --project tests/Benchmarks -c Release -- --mixed --data data/{data.Name}`; `--parts` measures some parts only. The engine for GPUs computes, on a CPU: no GPU was there.");
        File.WriteAllText(output, head.ToString() + string.Concat(old.Select(part => $"{SectionStart}{part.Key}\n\n{part.Value}\n")));
        Console.Write(section);
    }
}
