using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// Factorises activations with dictionaries of many sizes, and normal vectors of the same mean and covariance
/// alongside, and decides which size describes the data with the least information.
/// </summary>
/// <remarks>
/// Every finished cell is a file below <c>cells</c> of the folder: a sweep that is interrupted goes on where it was,
/// with the same result. <c>sweep.json</c> holds the options, and a folder takes no other sweep.
/// </remarks>
public sealed class SizeSweep
{
    private readonly IComputeBackend backend;
    private readonly ActivationStore store;
    private readonly SweepOptions options;
    private readonly SweepFolder folder;
    private readonly RepeatVectors[] repeats;
    private readonly Func<IComputeBackend>? createWorker;

    /// <summary>Prepares a sweep, or finds the one in the folder.</summary>
    /// <param name="backend">Counts, and trains autoencoders; the caller disposes it.</param>
    /// <param name="store">The activations; the caller disposes it.</param>
    /// <param name="options">What is covered.</param>
    /// <param name="path">The folder.</param>
    /// <param name="createWorker">
    /// Makes a backend of one thread, so that autoencoders are trained side by side, one a worker; it must have the
    /// bits of <paramref name="backend"/> whatever its threads, as the processor's has. Null to train one after the
    /// other.
    /// </param>
    /// <exception cref="ArgumentException">An option is outside its range, or the folder holds another
    /// sweep.</exception>
    /// <exception cref="InvalidDataException">The vectors of a repeat are all equal.</exception>
    public SizeSweep(
        IComputeBackend backend,
        ActivationStore store,
        SweepOptions options,
        string path,
        Func<IComputeBackend>? createWorker = null)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.backend = backend;
        this.store = store;
        this.options = options;
        this.createWorker = createWorker;
        this.repeats = VectorsOf(store);
        this.folder = new SweepFolder(path);
        this.folder.Claim(options, store);
    }

    /// <summary>Factorises what is not finished yet, measures everything and decides.</summary>
    /// <param name="truth">The true directions; null where they are not known.</param>
    /// <param name="progress">Told of every cell that is finished with a stage; may be null.</param>
    /// <param name="cancellation">Interrupts the sweep; finished cells stay.</param>
    /// <exception cref="OperationCanceledException">The sweep was interrupted.</exception>
    public SweepResult Run(
        UnitDirections? truth = null,
        IProgress<SweepProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        Dictionary<bool, RepeatVectors[]> repeats = new() { [false] = this.repeats };
        using ActivationStore? nullStore = this.options.HasNull ? this.folder.OpenNull(this.store, this.options) : null;
        if (nullStore is not null)
        {
            repeats[true] = VectorsOf(nullStore);
        }

        Factorize(repeats, new Counter(progress, this.options), cancellation);
        SweepMeasurement measurement = new(this.backend, this.folder, this.options, truth);
        SweepResult result = measurement.Measure(
            repeats.ToDictionary(
                pair => pair.Key,
                pair => (IReadOnlyList<(RowMatrix, double)>)
                    [.. pair.Value.Select(repeat => (repeat.Vectors, repeat.Variance))]),
            progress,
            cancellation);
        return SampleWarning() is string warning ? result with { Warnings = [warning, .. result.Warnings] } : result;
    }

    private string? SampleWarning() => SweepSamples.AreDisjoint(this.store.Count, this.options)
        ? null
        : $"The repeats share vectors: {this.options.Seeds} samples of {this.options.Samples} were wanted of "
            + $"{this.store.Count}. Their spread is smaller than that of new data.";

    private RepeatVectors[] VectorsOf(ActivationStore source) =>
    [
        .. SweepSamples.Choose(source.Count, this.options).Select(rows =>
        {
            RowMatrix vectors = SweepSamples.Read(source, rows);
            RequireVariation(vectors);
            return new RepeatVectors(source, rows, vectors, SweepSamples.VarianceOf(vectors));
        }),
    ];

    private void RequireVariation(RowMatrix vectors)
    {
        // Every vector is the one before it.
        if (vectors.Elements.AsSpan(vectors.Width).SequenceEqual(vectors.Elements.AsSpan(..^vectors.Width)))
        {
            throw new InvalidDataException(
                $"{string.Join(", ", this.store.Paths)}: vectors must differ to be factorised, but the "
                + $"{vectors.Rows} of a repeat are all equal. Name other data.");
        }
    }

    private void Factorize(
        Dictionary<bool, RepeatVectors[]> repeats, Counter counter, CancellationToken cancellation)
    {
        (bool IsNull, int Seed)[] chains =
            [.. repeats.Keys.SelectMany(isNull => Enumerable.Range(0, this.options.Seeds), (key, seed) => (key, seed))];
        if (this.options.Solver == SweepSolver.Mod)
        {
            SideBySide(chains, Cores, () => this.backend, Run, _ => { }, cancellation);
        }
        else if (this.createWorker is not null)
        {
            SideBySide(chains, Workers(), this.createWorker, Run, worker => worker.Dispose(), cancellation);
        }
        else
        {
            foreach ((bool IsNull, int Seed) chain in chains)
            {
                Run(chain, this.backend);
            }
        }

        void Run((bool IsNull, int Seed) chain, IComputeBackend worker)
        {
            StartSolver solver = this.options.Solver == SweepSolver.Mod
                ? ClassicalSolverOf(repeats, chain, cancellation)
                : AutoencoderSolverOf(repeats, chain, worker, cancellation);
            new SweepChain(this.options, solver).Run(
                (latents, sparsity) => Find(KeyOf(chain, latents, sparsity), counter),
                (latents, sparsity, cell, winner) => Keep(KeyOf(chain, latents, sparsity), cell, winner, counter));
        }
    }

    private StartSolver ClassicalSolverOf(
        Dictionary<bool, RepeatVectors[]> repeats, (bool IsNull, int Seed) chain, CancellationToken cancellation)
    {
        RepeatVectors data = repeats[chain.IsNull][chain.Seed];
        ClassicalOptions classical = new() { FitsBias = this.options.FitsBias };
        ulong seed = unchecked(this.options.Seed + (ulong)chain.Seed);
        return (latents, lambda, start) =>
        {
            ClassicalSolver solver = new(data.Vectors, lambda * data.Scale, classical);
            return start.From is null
                ? solver.SolveFromRandom(latents, start.RandomOf(seed, latents), cancellation)
                : solver.SolveFrom(start.From, cancellation);
        };
    }

    private StartSolver AutoencoderSolverOf(
        Dictionary<bool, RepeatVectors[]> repeats,
        (bool IsNull, int Seed) chain,
        IComputeBackend worker,
        CancellationToken cancellation)
    {
        RepeatVectors data = repeats[chain.IsNull][chain.Seed];
        AutoencoderSolver solver = new(worker, data.Store, data.Rows, data.Vectors, data.Scale, this.options);
        return (latents, sparsity, start) =>
        {
            cancellation.ThrowIfCancellationRequested();
            SweepCellKey key = KeyOf(chain, latents, sparsity);
            return solver.Solve(key, start, this.folder.RunOf(key, start), cancellation);
        };
    }

    private static SweepCellKey KeyOf((bool IsNull, int Seed) chain, int latents, double sparsity) =>
        new(chain.IsNull, chain.Seed, latents, sparsity);

    private int Cores => this.options.Threads == 0 ? Environment.ProcessorCount : this.options.Threads;

    /// <summary>
    /// How many autoencoders fit half of the memory: each has a window of the data and its own weights.
    /// </summary>
    private int Workers()
    {
        // Weights, two moments and a gradient's worth of both matrices.
        const long Copies = 4 * 2 * sizeof(float);
        long window = Math.Min(new ShuffleOptions().WindowBytes, this.store.Count * this.store.DIn * sizeof(float));
        long each = window + (Copies * this.options.Latents[^1] * this.store.DIn);
        long fitting = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / each;
        return (int)Math.Clamp(fitting, 1, this.Cores);
    }

    /// <summary>Gives one piece of work after the other to whoever is free: they take unequal times.</summary>
    private static void SideBySide<TWork, TWorker>(
        IReadOnlyList<TWork> pieces,
        int workers,
        Func<TWorker> begin,
        Action<TWork, TWorker> work,
        Action<TWorker> end,
        CancellationToken cancellation)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };
        try
        {
            _ = Parallel.ForEach(
                Partitioner.Create(pieces, EnumerablePartitionerOptions.NoBuffering),
                parallel,
                begin,
                (piece, _, worker) =>
                {
                    work(piece, worker);
                    return worker;
                },
                end);
        }
        catch (AggregateException faults)
        {
            // What one of them could not do is the sweep's fault, under its own name.
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }

    private SweepFactorization? Find(SweepCellKey key, Counter counter)
    {
        string path = this.folder.CellOf(key);
        if (!File.Exists(path))
        {
            return null;
        }

        SweepFactorization cell = CellFile.Read(path);
        counter.Add(key);
        return cell;
    }

    private void Keep(SweepCellKey key, SweepFactorization cell, SweepStart winner, Counter counter)
    {
        if (this.options.Solver == SweepSolver.Sae)
        {
            this.folder.Promote(key, winner);
        }

        CellFile.Write(this.folder.CellOf(key), cell);
        if (this.options.Solver == SweepSolver.Sae)
        {
            this.folder.RemoveStarts(key);
        }

        counter.Add(key);
    }

    private sealed record RepeatVectors(ActivationStore Store, RowSet Rows, RowMatrix Vectors, double Variance)
    {
        /// <summary>√(variance of a vector): the unit of λ.</summary>
        public double Scale => Math.Sqrt(this.Variance);
    }

    private sealed class Counter(IProgress<SweepProgress>? progress, SweepOptions options)
    {
        private readonly Lock gate = new();
        private readonly int cells = options.Cells().Count();
        private int done;

        public void Add(SweepCellKey key)
        {
            lock (this.gate)
            {
                this.done++;
                progress?.Report(new SweepProgress(SweepStage.Factorize, this.done, this.cells, key));
            }
        }
    }
}
