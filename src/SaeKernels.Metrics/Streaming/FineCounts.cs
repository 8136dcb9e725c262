using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>
/// Counts on a device how often each latent's activations fall into bins of fixed relative width, for groups of rows.
/// </summary>
/// <remarks>
/// Each latent gets bins for the factors of two between its smallest and its largest activation so far, which the
/// statistics of the same pass know. Memory on the device is 1 KiB a latent, and for each group 512 bytes a factor of
/// two of a latent, with room for half as many more; on the host 1 KiB a latent.
/// </remarks>
internal sealed class FineCounts : IDisposable
{
    private const int NoBlock = -1;
    private readonly IComputeBackend backend;
    private readonly LatentStatistics statistics;
    private readonly int groups;
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
    /// <param name="groups">The groups of rows; at least 1, default 1.</param>
    public FineCounts(IComputeBackend backend, LatentStatistics statistics, int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(statistics);
        this.backend = backend;
        this.statistics = statistics;
        this.groups = groups;
        this.blocks = new int[checked(statistics.Latents * FineBins.Octaves)];
        Array.Fill(this.blocks, NoBlock);
        this.minima = new float[statistics.Latents];
        this.maxima = new float[statistics.Latents];
        this.placedBlocks = backend.AllocateInt("FineCounts.Blocks", this.blocks.Length);
        this.counts = backend.AllocateLong("FineCounts.Counts", (long)groups * FineBins.PerOctave);
    }

    private long BinsOfAGroup => this.counts.Length / this.groups;

    /// <summary>Counts codes.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="rowGroups">The group of each row; null where there is one.</param>
    public void Add(SparseCodes codes, int rows, IntBuffer? rowGroups = null)
    {
        GiveBlocks();
        this.backend.AccumulateBins(new AccumulateBinsArguments
        {
            Rows = rows,
            Latents = this.statistics.Latents,
            Codes = codes,
            Bins = checked((int)this.BinsOfAGroup),
            Blocks = this.placedBlocks,
            Groups = this.groups,
            RowGroups = rowGroups,
            Counts = this.counts,
        });
    }

    /// <summary>Adds what was counted to other bins.</summary>
    /// <param name="group">The group.</param>
    /// <param name="bins">The other bins.</param>
    public void AddTo(int group, QuantileBins bins)
    {
        const int BlocksAtOnce = 1 << 14;
        long[] part = new long[Math.Min(BlocksAtOnce, this.owners.Count) * FineBins.PerOctave];
        for (int first = 0; first < this.owners.Count; first += BlocksAtOnce)
        {
            int read = Math.Min(BlocksAtOnce, this.owners.Count - first) * FineBins.PerOctave;
            this.counts.Download(
                part.AsSpan(0, read), (group * this.BinsOfAGroup) + ((long)first * FineBins.PerOctave));
            for (int place = 0; place < read; place++)
            {
                (int latent, int octave) = this.owners[first + (place / FineBins.PerOctave)];
                bins.Add(latent, (octave * FineBins.PerOctave) + (place % FineBins.PerOctave), part[place]);
            }
        }
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
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
        if (needed > this.BinsOfAGroup)
        {
            long room = Math.Min(needed + (needed / 2), Array.MaxLength / FineBins.PerOctave * FineBins.PerOctave);
            this.counts = DeviceCounts.Enlarge(this.backend, this.counts, Math.Max(needed, room), this.groups);
        }

        if (this.owners.Count > before || before == 0)
        {
            this.placedBlocks.Upload(this.blocks);
        }
    }
}
