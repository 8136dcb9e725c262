using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Gathers <see cref="LabelledActivations"/> on the device.</summary>
/// <remarks>
/// Labels are read, and contexts scored, on the host, a number a token. Memory on the device is, for each latent and
/// label, 24 bytes and 512 a factor of two that the latent has seen, with room for half as many more.
/// </remarks>
public sealed class LabelCounter : LatentCounter
{
    private const int BytesOfLatent = 1024;
    private const int BytesOfPair = 24;
    private const int BytesOfOctave = 512;
    private readonly LabelledActivations activations;
    private readonly IComputeBackend backend;
    private readonly LatentStatistics statistics;
    private readonly FineCounts counts;
    private readonly PairStatistics sums;
    private readonly RowGroups groups;
    private bool isComplete;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="statistics">
    /// Statistics without any batch, which every batch is added to before it is counted; the caller disposes them.
    /// </param>
    /// <param name="activations">Tells the labels, and receives what is found once it is complete.</param>
    public LabelCounter(IComputeBackend backend, LatentStatistics statistics, LabelledActivations activations)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(activations);
        LatentCount.RequireEqual(nameof(LabelCounter), activations.Latents, statistics.Latents);
        this.backend = backend;
        this.activations = activations;
        this.statistics = statistics;
        this.counts = new FineCounts(backend, statistics, activations.Groups);
        this.sums = backend.CreatePairStatistics(
            new PairLayout(activations.Latents, 0, activations.Latents, activations.Groups));
        this.groups = new RowGroups(backend);
    }

    /// <summary>The memory on the device for latents whose activations lie within eight factors of two.</summary>
    /// <param name="activations">What is gathered.</param>
    public static long BytesOf(LabelledActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        return activations.Latents * (BytesOfLatent + (activations.Groups * (BytesOfPair + (8L * BytesOfOctave))));
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch)
    {
        this.activations.AddTokens(batch.Tokens, this.groups.OnHost(batch.Rows));
        this.groups.Upload(batch.Rows);
        this.counts.Add(batch.Codes, batch.Rows, this.groups.Codes.Indices);
        this.backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = batch.Rows,
            Codes = batch.Codes,
            OtherCodes = this.groups.Codes,
            Statistics = this.sums,
        });
    }

    /// <summary>Hands over what was found, once, after the last batch.</summary>
    /// <exception cref="InvalidOperationException">It was handed over before.</exception>
    public void Complete()
    {
        if (this.isComplete)
        {
            throw new InvalidOperationException("LabelCounter: it was complete before. Make a new one for more data.");
        }

        this.activations.AddActivations(this.counts, this.sums, this.statistics.Read().SumsOfSquares);
        this.isComplete = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.counts.Dispose();
        this.sums.Dispose();
        this.groups.Dispose();
    }
}
