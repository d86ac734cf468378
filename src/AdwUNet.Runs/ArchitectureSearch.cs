using AdwUNet.Architectures;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Preprocessing;
using AdwUNet.Search;
using AdwUNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace AdwUNet.Runs;

/// <summary>A search in a folder, by <see cref="SearchLoop"/>: it resumes from there after any interruption, bit for bit.</summary>
public sealed class ArchitectureSearch : IDisposable
{
    private readonly RunFolder _folder;
    private readonly SearchOptions _options;
    private readonly SearchLoop _loop;
    private readonly DurableRun<SearchState, SearchEpoch> _run;

    /// <summary>Starts a search, or opens the one that the folder holds to continue it.</summary>
    /// <param name="folder">The run's folder; made where it is missing.</param>
    /// <param name="plan">The plan by which the cases were preprocessed.</param>
    /// <param name="space">What may be chosen.</param>
    /// <param name="cases">The two halves and the validation cases.</param>
    /// <param name="options">How the search runs.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; does not change any result.</param>
    /// <exception cref="RunException">The folder holds a search with other settings, or a damaged one, or another process works in it.</exception>
    /// <exception cref="StorageException">The folder cannot be written in.</exception>
    /// <exception cref="ArchitectureException">The search space is not one that the method defines.</exception>
    public ArchitectureSearch(
        string folder, Plan plan, SearchSpace space, SearchCases cases, SearchOptions options, Device? device = null, int loaderThreads = 1)
    {
        var config = new SearchConfig(SearchConfig.KindOfRun, plan, space, options, Ids(cases.A), Ids(cases.B), Ids(cases.Validation));
        config.Validate();
        _options = options;
        _folder = new RunFolder(folder);
        _folder.UseConfig(config, device ?? CPU);
        var memory = new StepMemory(options.Sampling.SizesOf(plan), sizes => NetworkCost.Of(space, sizes));
        Supernet = memory.Guard(() => (Supernet)new Supernet(plan, space, options.Seed).to(device ?? CPU));
        Supernet.Precision = options.Precision;
        _loop = new SearchLoop(Supernet, cases, options, device, loaderThreads);
        _run = new(_folder, _loop, memory) { OnEnd = () => ArchitectureFile.Save(ArchitecturePath, Supernet.Decode()) };
    }

    /// <summary>Starts a search anew, in another folder, from the <c>config.json</c> of one: on the same machine it gives the same bytes.</summary>
    /// <remarks>libtorch gets as many threads as the run had, if there are as many processors: their number decides the last digits.</remarks>
    /// <param name="configPath">The file, or a copy of it.</param>
    /// <param name="folder">The new run's folder.</param>
    /// <param name="cases">All cases, preprocessed by the plan that the file holds; those that it names are used.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="loaderThreads">Threads that prepare batches, for each half; does not change any result.</param>
    /// <exception cref="RunException">The file is missing, damaged or that of a training, or names a case that is not there; or as the constructor.</exception>
    public static ArchitectureSearch Repeat(
        string configPath, string folder, IEnumerable<IPreprocessedCase> cases, Device? device = null, int loaderThreads = 1)
    {
        var config = RunConfig.Load<SearchConfig>(configPath, SearchConfig.KindOfRun);
        var byId = new CasesOfRun(configPath, cases);
        return new(
            folder, config.Plan, config.Space, new(byId.Named(config.A), byId.Named(config.B), byId.Named(config.Validation)), config.Options, device,
            loaderThreads);
    }

    /// <summary>The network that is searched.</summary>
    public Supernet Supernet { get; }

    /// <summary>The epochs done so far, also those of earlier sessions.</summary>
    public IReadOnlyList<SearchEpoch> History => _run.History;

    /// <summary>The full path of the search's folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>As <see cref="RunFolder.ArithmeticChange"/>; worth showing before a search goes on.</summary>
    public string? ArithmeticChange => _folder.ArithmeticChange;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => _loop.State.Epoch >= _options.Epochs;

    /// <summary>The number of epochs.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>The iterations of an epoch.</summary>
    public int IterationsPerEpoch => _options.IterationsPerEpoch;

    /// <summary>The file that the finished search writes its result to.</summary>
    public string ArchitecturePath => _folder.File("architecture.json");

    /// <summary>How often a checkpoint is written within an epoch; that changes no result.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _run.CheckpointInterval;
        init => _run.CheckpointInterval = value;
    }

    /// <summary>Runs the epochs that are left; each is checkpointed before it is given out. Meanwhile no other process can work in the folder.</summary>
    /// <param name="progress">Told after every iteration.</param>
    /// <param name="cancellation">Ends the search after the current step, with a checkpoint written.</param>
    /// <exception cref="OperationCanceledException">The search was cancelled; another session continues it.</exception>
    /// <exception cref="NumericalException">A loss or gradient is no longer a finite number; the last checkpoint is unharmed.</exception>
    /// <exception cref="RunException">Another process works in the folder.</exception>
    /// <exception cref="StorageException">A file cannot be written; the last checkpoint is unharmed.</exception>
    /// <exception cref="MemoryException">There is not enough memory for a step; says which patch and batch would fit.</exception>
    public IEnumerable<SearchEpoch> Run(IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        IsFinished && File.Exists(ArchitecturePath) ? [] : _run.Run(progress, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Dispose();
        Supernet.Dispose();
    }

    private static string[] Ids(IEnumerable<IPreprocessedCase> cases) => [.. cases.Select(c => c.Id)];
}
