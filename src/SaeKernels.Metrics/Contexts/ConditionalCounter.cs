using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Gathers <see cref="ConditionalActivations"/> on the device.</summary>
/// <remarks>
/// <para>Each bin of activations is a latent of codes in which the activations stay what they are: sums over pairs of
/// such a latent and a group of tokens are counts, sums and squares of a place of the table. Bins are found in float32:
/// an activation within rounding of an edge may be counted in the bin beside it.</para>
/// <para>Memory on the device is 24 bytes · twice the bins of scores, for each bin of activations of the latents that
/// are looked at, and for each other latent.</para>
/// </remarks>
public sealed class ConditionalCounter : LatentCounter
{
    private const long BytesOfPair = 24;
    private const long BytesOfCount = 8;
    private const long BytesOfLatent = 12;
    private readonly IComputeBackend backend;
    private readonly ConditionalActivations activations;
    private readonly int[] firstBins;
    private readonly EvenCounts counts;
    private readonly PairStatistics sums;
    private readonly RowGroups groups;
    private IntBuffer? places;
    private bool isComplete;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="latents">The number of latents of the model, DSae.</param>
    /// <param name="activations">Tells the groups of tokens, and receives what is found once it is complete.</param>
    public ConditionalCounter(IComputeBackend backend, int latents, ConditionalActivations activations)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(activations);
        this.backend = backend;
        this.activations = activations;
        EvenBins[] bins = [.. Enumerable.Repeat(new EvenBins(0, 1, 1), latents)];
        foreach ((int latent, double maximum) in activations.Latents.Zip(activations.Maxima))
        {
            bins[latent] = new EvenBins(0, maximum > 0 ? (float)maximum : 1, activations.Bins);
        }

        this.firstBins = new int[latents + 1];
        for (int latent = 0; latent < latents; latent++)
        {
            this.firstBins[latent + 1] = this.firstBins[latent] + bins[latent].Count;
        }

        this.counts = new EvenCounts(backend, bins);
        this.sums = backend.CreatePairStatistics(
            new PairLayout(this.firstBins[^1], 0, this.firstBins[^1], activations.Groups));
        this.groups = new RowGroups(backend);
    }

    /// <summary>The memory on the device.</summary>
    /// <param name="latents">The number of latents of the model, DSae.</param>
    /// <param name="activations">What is gathered.</param>
    public static long BytesOf(int latents, ConditionalActivations activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        long bins = latents + ((long)activations.Latents.Count * activations.Bins);
        return (bins * ((activations.Groups * BytesOfPair) + BytesOfCount)) + (latents * BytesOfLatent);
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch)
    {
        if (this.places is null || this.places.Length < batch.Codes.Capacity)
        {
            this.places?.Dispose();
            this.places = this.backend.AllocateInt("ConditionalCounter.Places", batch.Codes.Capacity);
        }

        this.activations.AddTokens(batch.Tokens, this.groups.OnHost(batch.Rows));
        this.groups.Upload(batch.Rows);
        this.counts.Add(batch.Codes, batch.Rows, middles: null, this.places);
        this.backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = batch.Rows,
            Codes = batch.Codes.WithIndices(this.places),
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
            throw new InvalidOperationException(
                "ConditionalCounter: it was complete before. Make a new one for more data.");
        }

        for (int slot = 0; slot < this.activations.Latents.Count; slot++)
        {
            PairSnapshot found = this.sums.Read(
                this.firstBins[this.activations.Latents[slot]], this.activations.Bins);
            for (int bin = 0; bin < this.activations.Bins; bin++)
            {
                for (int group = 0; group < this.activations.Groups; group++)
                {
                    // Each token of a group has the activation 1 there: its squares count.
                    this.activations.AddActive(
                        slot,
                        bin,
                        group,
                        (long)found.OtherSquares[bin][group],
                        found.Products[bin][group],
                        found.Squares[bin][group]);
                }
            }
        }

        this.isComplete = true;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.counts.Dispose();
        this.sums.Dispose();
        this.groups.Dispose();
        this.places?.Dispose();
    }
}
