using System.Collections.Concurrent;
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

    /// <summary>Prepares a sweep, or finds the one in the folder.</summary>
    /// <param name="backend">Counts, and trains autoencoders; the caller disposes it.</param>
    /// <param name="store">The activations; the caller disposes it.</param>
    /// <param name="options">What is covered.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="ArgumentException">An option is outside its range, or the folder holds another
    /// sweep.</exception>
    public SizeSweep(IComputeBackend backend, ActivationStore store, SweepOptions options, string path)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.backend = backend;
        this.store = store;
        this.options = options;
        this.folder = new SweepFolder(path);
        this.folder.Claim(options, store);
    }

    /// <summary>Factorises what is not finished yet, measures everything and decides.</summary>
    /// <param name="truth">The true directions; null where they are not known.</param>
    /// <param name="progress">Told of every finished cell; may be null.</param>
    /// <param name="cancellation">Interrupts the sweep; finished cells stay.</param>
    /// <exception cref="OperationCanceledException">The sweep was interrupted.</exception>
    public SweepResult Run(
        UnitDirections? truth = null,
        IProgress<SweepProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        Dictionary<bool, RepeatVectors[]> repeats = new() { [false] = VectorsOf(this.store) };
        using ActivationStore? nullStore = this.options.HasNull ? this.folder.OpenNull(this.store, this.options) : null;
        if (nullStore is not null)
        {
            repeats[true] = VectorsOf(nullStore);
        }

        Counter counter = new(progress, this.options);
        if (this.options.Solver == SweepSolver.Mod)
        {
            FactorizeClassically(repeats, counter, cancellation);
        }
        else
        {
            TrainAutoencoders(repeats, counter, cancellation);
        }

        SweepMeasurement measurement = new(this.backend, this.folder, this.options, truth);
        SweepResult result = measurement.Measure(repeats.ToDictionary(
            pair => pair.Key,
            pair => (IReadOnlyList<(RowMatrix, double)>)
                [.. pair.Value.Select(repeat => (repeat.Vectors, repeat.Variance))]));
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
            return new RepeatVectors(source, rows, vectors, SweepSamples.VarianceOf(vectors));
        }),
    ];

    private void FactorizeClassically(
        Dictionary<bool, RepeatVectors[]> repeats, Counter counter, CancellationToken cancellation)
    {
        (bool IsNull, int Seed)[] chains =
            [.. repeats.Keys.SelectMany(isNull => Enumerable.Range(0, this.options.Seeds), (key, seed) => (key, seed))];
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = this.options.Threads == 0 ? Environment.ProcessorCount : this.options.Threads,
            CancellationToken = cancellation,
        };
        // One chain after the other to whoever is free: they take unequal times.
        Parallel.ForEach(Partitioner.Create(chains, EnumerablePartitionerOptions.NoBuffering), parallel, chain =>
        {
            RepeatVectors data = repeats[chain.IsNull][chain.Seed];
            ulong seed = unchecked(this.options.Seed + (ulong)chain.Seed);
            new ClassicalChain(data.Vectors, Math.Sqrt(data.Variance), this.options, seed).Run(
                (latents, lambda) => Find(KeyOf(latents, lambda), counter),
                (latents, lambda, cell) => Keep(KeyOf(latents, lambda), cell, counter),
                cancellation);

            SweepCellKey KeyOf(int latents, double lambda) => new(chain.IsNull, chain.Seed, latents, lambda);
        });
    }

    private void TrainAutoencoders(
        Dictionary<bool, RepeatVectors[]> repeats, Counter counter, CancellationToken cancellation)
    {
        foreach (SweepCellKey key in this.options.Cells())
        {
            cancellation.ThrowIfCancellationRequested();
            if (Find(key, counter) is null)
            {
                RepeatVectors data = repeats[key.IsNull][key.Seed];
                SweepFactorization cell = AutoencoderCell.Train(
                    this.backend,
                    data.Store,
                    data.Rows,
                    this.options.TrainingOf(key),
                    this.folder.RunOf(key),
                    cancellation) ?? throw new OperationCanceledException(cancellation);
                Keep(key, cell, counter);
            }
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

    private void Keep(SweepCellKey key, SweepFactorization cell, Counter counter)
    {
        CellFile.Write(this.folder.CellOf(key), cell);
        counter.Add(key);
    }

    private sealed record RepeatVectors(ActivationStore Store, RowSet Rows, RowMatrix Vectors, double Variance);

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
                progress?.Report(new SweepProgress(this.done, this.cells, key));
            }
        }
    }
}
