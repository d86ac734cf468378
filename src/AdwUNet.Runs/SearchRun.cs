using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Sampling;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>A durable search: runs a <see cref="SearchLoop"/> in a folder and resumes it from there after any interruption, bit for bit.</summary>
public sealed class SearchRun : DurableRun<Supernet, SearchState, SearchEpoch>
{
    private const string Result = "architecture.json";

    /// <summary>Starts a search, or opens the one in the folder to resume it.</summary>
    /// <param name="folder">The run's folder; created if it does not exist.</param>
    /// <param name="plan">The plan with which the cases were preprocessed.</param>
    /// <param name="space">The search space.</param>
    /// <param name="cases">The two halves and the validation cases.</param>
    /// <param name="options">The options of the search.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; their number does not change the results.</param>
    /// <exception cref="RunException">The folder contains a search with other settings, or is damaged, or its cases changed, or another process has locked it.</exception>
    /// <exception cref="StorageException">The folder is not writable.</exception>
    /// <exception cref="ArchitectureException">The search space is invalid.</exception>
    public SearchRun(
        string folder, Plan plan, SearchSpace space, SearchCases cases, SearchOptions options, Device? device = null, int loaderThreads = BatchLoader.Automatic)
        : base(
            folder,
            Config(plan, space, cases, options),
            Result,
            () => new Supernet(plan, space, options.Seed, options.Unit, options.Relaxation) { Precision = options.Precision },
            supernet => new SearchLoop(supernet, cases, options, device, loaderThreads),
            device ?? CPU)
    {
        if (Fault is not null) UseLogits(Supernet, History[^1].Logits);
    }

    /// <summary>Repeats a search from its <c>config.json</c> in a new folder. On the same machine, the results are identical bit for bit.</summary>
    /// <remarks>Sets the number of libtorch threads to that of the original run if the machine has enough processors, because it affects the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">Cases, preprocessed with the plan in the file. Only the cases that the file names are used.</param>
    /// <param name="device">The device; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; their number does not change the results.</param>
    /// <param name="code">Adds the parts of the method whose code is outside this library, as in <c>options => options with { Unit = ... }</c>.</param>
    /// <exception cref="RunException">The file is missing, is damaged, belongs to a training, or names an unknown case, a case of other content or
    /// other code; or an error of the constructor.</exception>
    public static SearchRun Repeat(
        string configPath,
        string folder,
        IEnumerable<IPreprocessedCase> cases,
        Device? device = null,
        int loaderThreads = BatchLoader.Automatic,
        Func<SearchOptions, SearchOptions>? code = null)
    {
        var config = RunConfig.Load<SearchConfig>(
            configPath, SearchConfig.KindOfRun, config => config with { Options = code?.Invoke(config.Options) ?? config.Options });
        var byId = new CasesOfRun(configPath, cases, config.Content);
        return new(
            folder, config.Plan, config.Space, new(byId.Named(config.A), byId.Named(config.B), byId.Named(config.Validation)), config.Options, device,
            loaderThreads);
    }

    /// <summary>The supernet.</summary>
    public Supernet Supernet => Network;

    /// <summary>
    /// A sentence if the checkpoint of a finished search is damaged or missing: history, architecture, alphas and betas are those of the search, but the
    /// supernet has its initial weights. Null otherwise.
    /// </summary>
    public string? LostCheckpoint => Fault is null
        ? null
        : $"{Fault}, so that the trained weights of the supernet are lost; the history and the architecture of the finished search are intact.";

    /// <summary>The file with the decoded architecture; written when the search is complete.</summary>
    public string ArchitecturePath => PathOf(Result);

    private protected override IEnumerable<(string Tag, double Value)> Scalars(SearchEpoch epoch) => EpochScalars.Of(epoch, Supernet.Plan.TargetNames);

    private protected override void OnEnd() => ArchitectureFile.Save(ArchitecturePath, Supernet.Decode());

    private static SearchConfig Config(Plan plan, SearchSpace space, SearchCases cases, SearchOptions options)
    {
        var config = new SearchConfig(SearchConfig.KindOfRun, plan, space, options, Ids(cases.A), Ids(cases.B), Ids(cases.Validation))
        {
            Content = CaseContent.Of(cases.A, cases.B, cases.Validation),
        };
        config.Validate();
        return config;
    }

    /// <summary>Sets the architecture parameters of a supernet.</summary>
    internal static void UseLogits(Supernet supernet, ArchitectureLogits logits)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var block in logits.Blocks)
        {
            Copy(block.Name, ".betas", [block.Betas]);
            Copy(block.Name, ".alphas", block.Alphas);
        }

        void Copy(string block, string ending, IReadOnlyList<IReadOnlyList<double>> values)
        {
            var parameters = supernet.named_parameters()
                .Where(p => p.name.StartsWith(block + ".", StringComparison.Ordinal) && p.name.EndsWith(ending, StringComparison.Ordinal));
            foreach (var ((_, parameter), from) in parameters.Zip(values)) parameter.copy_(tensor(from.ToArray()));
        }
    }
}
