using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Goes once over (model, data) on the model's backend and hands every batch to statistics and collectors.
/// </summary>
/// <remarks>
/// Memory is that of a batch: rows · (DIn + active latents), and what the collectors keep. Where the codes of a batch
/// do not fit, as those of a dense ReLU model may not, the batch is smaller: 2²⁴ entries at most.
/// </remarks>
public sealed class LatentPass
{
    private const int MostEntries = 1 << 24;

    /// <summary>The most vectors of a batch, at least 1; default 2,048. No figure depends on it.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>Statistics on the model's device that every batch is added to; null for none.</summary>
    public LatentStatistics? Statistics { get; init; }

    /// <summary>Counters on the model's device that every batch is handed to, in this order; none by default.</summary>
    public IReadOnlyList<LatentCounter> Counters { get; init; } = [];

    /// <summary>Collectors on the host that every batch is handed to, in this order; none by default.</summary>
    public IReadOnlyList<LatentCollector> Collectors { get; init; } = [];

    /// <summary>Told after each batch how many vectors are done; null for nobody.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>
    /// Returns the same pass with other statistics, and with counters and collectors before its own.
    /// </summary>
    /// <param name="statistics">As <see cref="Statistics"/>.</param>
    /// <param name="counters">The counters that come first.</param>
    /// <param name="collectors">The collectors that come first.</param>
    public LatentPass With(
        LatentStatistics? statistics, IReadOnlyList<LatentCounter> counters, IReadOnlyList<LatentCollector> collectors)
    {
        ArgumentNullException.ThrowIfNull(counters);
        ArgumentNullException.ThrowIfNull(collectors);
        return new LatentPass
        {
            Batch = this.Batch,
            Progress = this.Progress,
            Statistics = statistics,
            Counters = [.. counters, .. this.Counters],
            Collectors = [.. collectors, .. this.Collectors],
        };
    }

    /// <summary>Goes over all vectors of a source.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    /// <exception cref="OperationCanceledException">The pass was ended.</exception>
    public void Run(Sae sae, VectorSource source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Run(sae, source, 0, source.Count, cancellation);
    }

    /// <summary>Goes over consecutive vectors of a source, a shard.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="firstRow">The first vector.</param>
    /// <param name="rows">How many vectors; may be 0.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="ArgumentException">The vectors are not inside the source.</exception>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    /// <exception cref="OperationCanceledException">The pass was ended.</exception>
    public void Run(Sae sae, VectorSource source, long firstRow, long rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        RequireFit(sae, source, firstRow, rows);
        if (rows == 0)
        {
            return;
        }

        int fitting = Math.Max(1, MostEntries / sae.MostActive);
        int batch = (int)Math.Min(rows, Math.Min(this.Batch, fitting));
        bool decodes = this.Collectors.Any(collector => collector.NeedsReconstruction);
        using BatchMemory memory = new(sae, source, batch, decodes);
        for (long done = 0; done < rows; done += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(batch, rows - done);
            memory.Encode(firstRow + done, count);
            if (this.Statistics is not null)
            {
                sae.Backend.AccumulateLatents(new AccumulateLatentsArguments
                {
                    Rows = count,
                    Codes = memory.Codes,
                    Statistics = this.Statistics,
                });
            }

            if (this.Counters.Count > 0)
            {
                DeviceBatch batchOnDevice = memory.OnDevice(firstRow + done, count);
                foreach (LatentCounter counter in this.Counters)
                {
                    counter.Add(batchOnDevice);
                }
            }

            if (this.Collectors.Count > 0)
            {
                LatentBatch view = memory.Download(firstRow + done, count);
                foreach (LatentCollector collector in this.Collectors)
                {
                    collector.Add(view);
                }
            }

            this.Progress?.Report(done + count);
        }
    }

    /// <summary>Throws where the data has another width than the model.</summary>
    internal static void RequireWidth(Sae sae, VectorSource source)
    {
        if (source.DIn != sae.Config.DIn)
        {
            throw new InvalidDataException(
                $"LatentPass: the data must be as wide as the model, DIn = {sae.Config.DIn}, but is {source.DIn} wide. "
                + "Name activations of the site that the model was trained on.");
        }
    }

    private void RequireFit(Sae sae, VectorSource source, long firstRow, long rows)
    {
        if (this.Batch < 1 || rows < 0 || firstRow < 0 || firstRow > source.Count - rows)
        {
            throw new ArgumentException(
                $"LatentPass: Batch must be at least 1 and the vectors inside 0 to {source.Count}, but Batch is "
                + $"{this.Batch} and the vectors are {firstRow} to {firstRow + rows}. Change the range.");
        }

        RequireWidth(sae, source);
    }
}
