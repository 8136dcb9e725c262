using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Counts <see cref="QuantileBins"/> on the device.</summary>
/// <remarks>
/// Each latent gets bins for the factors of two between its smallest and its largest activation so far, which the
/// statistics of the same pass know. Memory on the device is 1 KiB a latent and 512 bytes a factor of two of a latent,
/// with room for half as many more; on the host 1 KiB a latent.
/// </remarks>
public sealed class QuantileCounter : LatentCounter
{
    private const int NoBlock = -1;
    private readonly IComputeBackend backend;
    private readonly LatentStatistics statistics;
    private readonly int[] blocks;
    private readonly float[] minima;
    private readonly float[] maxima;
    private readonly List<(int Latent, int Octave)> owners = [];
    private readonly IntBuffer placedBlocks;
    private LongBuffer counts;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="statistics">
    /// Statistics without any batch, which every batch is added to before it is counted; the caller disposes them.
    /// </param>
    public QuantileCounter(IComputeBackend backend, LatentStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(statistics);
        this.backend = backend;
        this.statistics = statistics;
        this.blocks = new int[checked(statistics.Latents * FineBins.Octaves)];
        Array.Fill(this.blocks, NoBlock);
        this.minima = new float[statistics.Latents];
        this.maxima = new float[statistics.Latents];
        this.placedBlocks = backend.AllocateInt("Quantiles.Blocks", this.blocks.Length);
        this.counts = backend.AllocateLong("Quantiles.Counts", FineBins.PerOctave);
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch)
    {
        GiveBlocks();
        this.backend.AccumulateBins(new AccumulateBinsArguments
        {
            Rows = batch.Rows,
            Latents = this.statistics.Latents,
            Codes = batch.Codes,
            Bins = checked((int)this.counts.Length),
            Blocks = this.placedBlocks,
            Counts = this.counts,
        });
    }

    /// <summary>Reads what was counted.</summary>
    public QuantileBins Read()
    {
        const int BlocksAtOnce = 1 << 14;
        QuantileBins result = new(this.statistics.Latents);
        long[] part = new long[BlocksAtOnce * FineBins.PerOctave];
        for (int first = 0; first < this.owners.Count; first += BlocksAtOnce)
        {
            int read = Math.Min(BlocksAtOnce, this.owners.Count - first);
            this.counts.Download(part.AsSpan(0, read * FineBins.PerOctave), (long)first * FineBins.PerOctave);
            for (int place = 0; place < read * FineBins.PerOctave; place++)
            {
                (int latent, int octave) = this.owners[first + (place / FineBins.PerOctave)];
                result.Add(latent, (octave * FineBins.PerOctave) + (place % FineBins.PerOctave), part[place]);
            }
        }

        return result;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.placedBlocks.Dispose();
        this.counts.Dispose();
    }

    /// <summary>Sees to it that all activations so far have bins.</summary>
    private void GiveBlocks()
    {
        this.statistics.ReadExtremes(this.minima, this.maxima);
        int before = this.owners.Count;
        for (int latent = 0; latent < this.minima.Length; latent++)
        {
            // Of a latent that was never active the smallest is ∞ and the largest 0.
            int last = FineBins.IndexOf(this.maxima[latent]) / FineBins.PerOctave;
            int first = FineBins.IndexOf(this.minima[latent]) / FineBins.PerOctave;
            for (int octave = first; octave <= last; octave++)
            {
                ref int block = ref this.blocks[(latent * FineBins.Octaves) + octave];
                if (block == NoBlock)
                {
                    block = this.owners.Count;
                    this.owners.Add((latent, octave));
                }
            }
        }

        long needed = (long)this.owners.Count * FineBins.PerOctave;
        if (needed > this.counts.Length)
        {
            long room = Math.Min(needed + (needed / 2), Array.MaxLength / FineBins.PerOctave * FineBins.PerOctave);
            this.counts = DeviceCounts.Enlarge(this.backend, this.counts, Math.Max(needed, room));
        }

        if (this.owners.Count > before || before == 0)
        {
            this.placedBlocks.Upload(this.blocks);
        }
    }
}
