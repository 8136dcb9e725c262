using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>
/// Goes over (model, data) for figures of contexts and labels: on the model's device as far as memory goes, and the
/// others from the codes of a batch on the host. Counts are the same there; sums agree within rounding.
/// </summary>
public sealed class ContextPass
{
    /// <summary>Bytes on the device for all that is gathered in a pass; default 1 GiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 30;

    /// <summary>Told after each batch how many vectors are done; null for nobody.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>Gathers how all latents answer to labels; returns the statistics of all latents.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="all">What is gathered; each begins with nothing seen.</param>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    public LatentStatisticsSnapshot Run(Sae sae, VectorSource source, IReadOnlyList<LabelledActivations> all)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(all);
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        LabelledActivations[] fitting = Fitting(all, LabelCounter.BytesOf);
        LabelCounter[] counters = [.. fitting.Select(one => new LabelCounter(sae.Backend, statistics, one))];
        Run(sae, source, statistics, counters, counter => counter.Complete(), [.. all.Except(fitting)]);
        return statistics.Read();
    }

    /// <summary>Gathers how some latents' activations and contexts go together.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="all">What is gathered; each begins with nothing seen.</param>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    public void Run(Sae sae, VectorSource source, IReadOnlyList<ConditionalActivations> all)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(all);
        int latents = sae.Config.DSae;
        ConditionalActivations[] fitting = Fitting(all, one => ConditionalCounter.BytesOf(latents, one));
        ConditionalCounter[] counters =
            [.. fitting.Select(one => new ConditionalCounter(sae.Backend, latents, one))];
        Run(sae, source, null, counters, counter => counter.Complete(), [.. all.Except(fitting)]);
    }

    private void Run<TCounter>(
        Sae sae,
        VectorSource source,
        LatentStatistics? statistics,
        TCounter[] counters,
        Action<TCounter> complete,
        LatentCollector[] collectors)
        where TCounter : LatentCounter
    {
        LatentPass pass = new()
        {
            Statistics = statistics,
            Counters = counters,
            Collectors = collectors,
            Progress = this.Progress,
        };
        try
        {
            pass.Run(sae, source);
            Array.ForEach(counters, complete);
        }
        finally
        {
            Array.ForEach(counters, counter => counter.Dispose());
        }
    }

    private T[] Fitting<T>(IEnumerable<T> all, Func<T, long> bytesOf)
    {
        long taken = 0;
        return [.. all.TakeWhile(one => (taken += bytesOf(one)) <= this.MemoryBytes)];
    }
}
