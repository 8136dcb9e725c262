using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>
/// A training run in a folder: begun or resumed, run to its end or until it is interrupted, and evaluated.
/// </summary>
/// <remarks>
/// A resumed run continues bit for bit: the same build, backend, device and instruction path end in the same weights
/// as a run without interruption, whatever the number of threads.
/// </remarks>
public sealed class TrainingSession : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly ActivationStore store;
    private readonly RowSet training;
    private readonly RowSet heldOut;
    private readonly TrainingState state;

    private TrainingSession(
        IComputeBackend backend,
        PreparedData data,
        RunFolder folder,
        RunRecord record,
        Func<TrainingState> open)
    {
        this.backend = backend;
        this.store = data.Store;
        this.Folder = folder;
        this.Record = record;
        (this.training, this.heldOut) = data.Split(record.Plan.Holdout, record.Plan.OrderSeed);
        this.state = open();
    }

    /// <summary>Where the run is kept.</summary>
    public RunFolder Folder { get; }

    /// <summary>All that determines the run.</summary>
    public RunRecord Record { get; private set; }

    /// <summary>Steps taken so far.</summary>
    public long Step => this.state.Step;

    /// <summary>The memory that the run takes of its device, as predicted.</summary>
    public TrainingMemory Memory => MemoryOf(this.Record.Plan, this.store, this.backend);

    /// <summary>The backend that trains.</summary>
    public IComputeBackend Backend => this.backend;

    /// <summary>The vectors that are held out of training.</summary>
    public long HeldOutVectors => this.heldOut.Count;

    /// <summary>
    /// Begins a run: estimates what it needs of the data, initialises the model and writes the first checkpoint.
    /// </summary>
    /// <param name="backend">The backend that trains; the caller disposes it.</param>
    /// <param name="store">The data; the caller disposes it.</param>
    /// <param name="options">What was chosen.</param>
    /// <param name="folder">The run's folder; must not hold a run.</param>
    /// <param name="hashMode">What of the data its hash covers.</param>
    /// <param name="replace">Whether a run in the folder is removed.</param>
    /// <param name="begin">
    /// Writes the weights to begin with, for normalised vectors, over those of the seed; null to keep these.
    /// </param>
    /// <exception cref="ArgumentException">An option is outside its range, or the folder holds a run.</exception>
    /// <exception cref="InvalidDataException">The data has a fault.</exception>
    public static TrainingSession Start(
        IComputeBackend backend,
        ActivationStore store,
        TrainingOptions options,
        string folder,
        HashMode hashMode = HashMode.Sampled,
        bool replace = false,
        Action<SaeParameters>? begin = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        return Start(backend, new PreparedData(store), options, folder, hashMode, replace, begin);
    }

    /// <summary>Continues a run from its newest checkpoint.</summary>
    /// <param name="backend">The backend that trains; the caller disposes it.</param>
    /// <param name="store">The run's data; the caller disposes it.</param>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="FileNotFoundException">The folder holds no run or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The data is other data, or a checkpoint has a fault.</exception>
    public static TrainingSession Resume(IComputeBackend backend, ActivationStore store, string folder)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(store);
        return Resume(backend, new PreparedData(store), folder);
    }

    /// <summary>
    /// Trains until the last step or until it is cancelled; either way it saves a checkpoint and the model.
    /// </summary>
    /// <param name="progress">Told at each logging step and about ten times a second; may be null.</param>
    /// <param name="cancellation">Interrupts the run between two steps.</param>
    /// <exception cref="TrainingDivergedException">The loss is not a number.</exception>
    /// <exception cref="InvalidDataException">The data has a fault.</exception>
    public TrainingOutcome Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        TrainingPlan plan = this.state.Plan;
        using TrainingPass pass = Begin(progress);
        using (ShuffledRows rows = OpenRows(this.Step))
        using (BatchPrefetcher batches = new(
            this.backend,
            rows,
            StagedBatches.ElementOf(this.store.StoredType, plan.Normalize),
            (long)plan.Batch * plan.StagedWidth,
            this.state.Normalization))
        {
            while (this.state.Step < plan.Steps && !cancellation.IsCancellationRequested)
            {
                this.state.Advance(batches.Staging, batches.Next());
                pass.Follow();
            }
        }

        return pass.Finish();
    }

    /// <summary>Returns the vectors that are held out of training, or the first of them.</summary>
    /// <param name="most">The most vectors; null for all.</param>
    public RowSet HeldOut(long? most = null) => most is long count ? this.heldOut.Take(count) : this.heldOut;

    /// <summary>Evaluates the saved model on the held-out vectors and writes <c>eval.json</c>.</summary>
    /// <param name="most">The most vectors; null for all.</param>
    /// <returns>The figures, or null where nothing was held out.</returns>
    public EvaluationResult? Evaluate(long? most = null)
    {
        if (this.heldOut.Count == 0)
        {
            return null;
        }

        using Sae sae = SaeLensLayout.Load(this.Folder.Path, this.backend);
        int[] dead = new int[this.state.Plan.Latents];
        this.state.Objective.DeadMask.Download(dead);
        EvaluationResult result = SaeEvaluator.Evaluate(sae, this.store, HeldOut(most)) with
        {
            DeadFraction = (double)dead.Count(flag => flag != 0) / dead.Length,
        };
        result.Write(this.Folder.EvaluationFile);
        result.Shares?.WriteTable(this.Folder.SiteSharesFile);
        return result;
    }

    /// <summary>Frees the run's memory on the device.</summary>
    public void Dispose() => this.state.Dispose();

    /// <summary>Begins a run on data that others may share.</summary>
    internal static TrainingSession Start(
        IComputeBackend backend,
        PreparedData data,
        TrainingOptions options,
        string folder,
        HashMode hashMode,
        bool replace,
        Action<SaeParameters>? begin = null)
    {
        TrainingOptionsCheck.Require(options);
        ActivationStore store = data.Store;
        RunFolder run = new(folder);
        run.RequireFree(replace);
        ulong dataSeed = options.DataSeed ?? options.Seed;
        long trainingVectors = data.Split(options.Holdout, dataSeed).Training.Count;
        TrainingPlan plan = TrainingPlan.Create(options, [.. store.Sites.Select(site => site.DIn)], trainingVectors);
        TrainingLimits.RequireMemory(MemoryOf(plan, store, backend), backend);
        data.RequireReadable(options.Holdout, dataSeed);
        RunData described = new(
            store.Paths,
            store.Options.TensorName,
            store.Options.AllowShort,
            store.Count,
            trainingVectors,
            hashMode,
            data.HashOf(hashMode))
        {
            OtherSites = [.. store.Sites.Skip(1).Select(site => new RunSite(site.Paths, site.Options.TensorName))],
        };
        RunRecord record = RunRecord.Create(backend, described, plan);
        TrainingSession session = new(
            backend, data, run, record, () => Initialize(backend, plan, data.EstimatesOf(plan)));
        try
        {
            begin?.Invoke(session.state.Parameters);
            session.WriteBeginning(replace);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Continues a run on data that others may share.</summary>
    internal static TrainingSession Resume(IComputeBackend backend, PreparedData data, string folder)
    {
        RunFolder run = new(folder);
        RunRecord record = RunRecord.Read(run.RunFile);
        RequireSameData(data, record.Data);
        TrainingLimits.RequireMemory(MemoryOf(record.Plan, data.Store, backend), backend);
        string checkpoint = CheckpointFiles.Newest(run.CheckpointFolder) ?? throw new FileNotFoundException(
            $"{run.CheckpointFolder}: must hold a checkpoint to resume from, but holds none. Start the run again.");
        CheckpointFiles.RemoveUnfinished(run.CheckpointFolder);
        return new TrainingSession(
            backend, data, run, record, () => TrainingCheckpoint.Read(checkpoint, backend, record.Plan));
    }

    /// <summary>Opens the training vectors in their order, at a step.</summary>
    /// <param name="step">The steps before it.</param>
    internal ShuffledRows OpenRows(long step) =>
        new(this.store, this.training, this.Record.Plan.OrderSeed) { Position = step * this.Record.Plan.Batch };

    /// <summary>Allocates batches that other runs on the same data may share.</summary>
    internal GroupBatches CreateBatches() => new(
        this.backend,
        StagedBatches.ElementOf(this.store.StoredType, this.state.Plan.Normalize),
        this.state.Plan,
        this.state.Normalization);

    /// <summary>Takes the next step on a shared batch.</summary>
    internal void Advance(GroupBatches batches) => this.state.Advance(batches.Get(this.Step, this.backend));

    /// <summary>Begins to train on from here.</summary>
    /// <param name="progress">Told at each logging step and about ten times a second; may be null.</param>
    internal TrainingPass Begin(IProgress<TrainingProgress>? progress)
    {
        if (this.Step < this.Record.Plan.Steps)
        {
            // The model of an interruption would pass for that of checkpoints still to come.
            this.Folder.RemoveModel();
        }

        return new TrainingPass(this, this.state, progress);
    }

    /// <summary>Lets dead latents begin again where the plan says so.</summary>
    internal void Resample()
    {
        if (this.Record.Plan.ResamplesAfter(this.state.Step))
        {
            LatentResampling.Apply(this.state, this.store, this.training);
        }
    }

    /// <summary>Writes a checkpoint, and the model if wanted; returns the checkpoint.</summary>
    internal string Save(bool isEnd)
    {
        string checkpoint = SaveCheckpoint();
        if (isEnd)
        {
            SaveModel();
            this.Record = this.Record with { Encoder = this.backend.ReadEncoderReport() };
            this.Record.Write(this.Folder.RunFile);
        }

        return checkpoint;
    }

    /// <summary>Throws where the loss is not a number.</summary>
    internal void RequireFinite(StepReport report)
    {
        if (!double.IsFinite(report.Loss))
        {
            throw new TrainingDivergedException(
                $"Training: the loss must stay a number, but is {report.Loss} at step {this.state.Step}. "
                + $"Lower LearningRate ({this.state.Plan.LearningRate}) "
                + $"or lengthen WarmupSteps ({this.state.Plan.WarmupSteps}); "
                + "the checkpoints from before are good.");
        }
    }

    private static TrainingMemory MemoryOf(TrainingPlan plan, ActivationStore store, IComputeBackend backend) =>
        TrainingMemory.Of(plan, StagedBatches.ElementOf(store.StoredType, plan.Normalize), backend.Device);

    private static TrainingState Initialize(IComputeBackend backend, TrainingPlan plan, DataEstimates estimates)
    {
        TrainingState state = new(backend, plan, estimates.Normalization, estimates.Variance);
        if (plan.TargetWidth is not null)
        {
            TranscoderInitialization.Write(backend, state.Parameters, plan, estimates);
            return state;
        }

        ArchitectureTraining training = TrainingObjectives.Get(plan.Architecture);
        double? rowNorm = training.InitialRowNorm;
        TiedInitialization.Write(state.Parameters, estimates.DecoderBias, plan.Seed, rowNorm ?? 1);
        if (training.HasNormalEncoder && !plan.TiedWeights)
        {
            TiedInitialization.WriteNormals(state.Parameters.WEnc, plan.Seed);
        }

        if (rowNorm is null && !plan.TiedWeights)
        {
            EncoderRescaling.Apply(backend, state.Parameters, plan.K, estimates.Sample, training.HasGroups);
        }

        state.Objective.InitializeLatentVectors();
        return state;
    }

    private static void RequireSameData(PreparedData prepared, RunData data)
    {
        string hash = prepared.HashOf(data.HashMode);
        if (hash != data.Hash)
        {
            throw new InvalidDataException(
                $"{string.Join(", ", prepared.Store.Paths)}: must be the data of the run, whose hash is {data.Hash}, "
                + $"but has the hash {hash}. "
                + "Name the data that the run began with.");
        }
    }

    /// <summary>Makes the folder hold this run, or leaves it without one.</summary>
    private void WriteBeginning(bool replace)
    {
        this.Folder.Prepare(replace);
        try
        {
            // The checkpoint comes first: a folder with a run.json always has something to resume from.
            SaveCheckpoint();
            this.Record.Write(this.Folder.RunFile);
        }
        catch
        {
            this.Folder.RemoveCheckpoints();
            throw;
        }
    }

    private string SaveCheckpoint()
    {
        if (this.state.Step > 0)
        {
            // A checkpoint of a diverged model would push out the good ones.
            RequireFinite(this.state.Objective.Report());
        }

        string path = CheckpointFiles.PathOf(this.Folder.CheckpointFolder, this.state.Step);
        TrainingCheckpoint.Write(path, this.state);
        CheckpointFiles.Prune(this.Folder.CheckpointFolder);
        return path;
    }

    private void SaveModel()
    {
        (InputScaling Inputs, InputScaling? Targets) scaling =
            SiteScaling.Of(this.state.Normalization, this.state.Config);
        TrainedWeights.Use(this.state, weights => SaeLensLayout.Save(
            this.Folder.Path,
            this.state.Config,
            weights,
            scaling.Inputs,
            new JsonObject
            {
                ["training_tokens"] = this.state.Step * this.state.Plan.Batch,
                ["data_hash"] = this.Record.Data.Hash,
            },
            scaling.Targets));
    }
}
