using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>
/// Counts on a device how often each latent's activations fall into each bin of its own, and rounds them to its middle.
/// </summary>
/// <remarks>Memory is 8 bytes a bin and group of rows, and 12 a latent.</remarks>
public sealed class EvenCounts : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly int[] offsets;
    private readonly EvenLatentBins bins;
    private LongBuffer counts;
    private IntBuffer? rowGroups;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="bins">The bins of each latent, from 0 on; 2³¹ − 1 in all at most.</param>
    /// <exception cref="ArgumentException">Bins do not begin at 0, or there are more.</exception>
    public EvenCounts(IComputeBackend backend, IReadOnlyList<EvenBins> bins)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(bins);
        long all = bins.Sum(one => (long)one.Count);
        if (bins.Any(one => one.Low != 0) || all > Array.MaxLength)
        {
            throw new ArgumentException(
                $"EvenCounts: bins must begin at 0 and be at most {Array.MaxLength} in all, but are {all} from "
                + $"{bins.Min(one => one.Low)} on. Choose fewer, or count on the host.");
        }

        this.backend = backend;
        this.offsets = new int[bins.Count + 1];
        for (int latent = 0; latent < bins.Count; latent++)
        {
            this.offsets[latent + 1] = this.offsets[latent] + bins[latent].Count;
        }

        this.bins = new EvenLatentBins(
            backend.AllocateInt("EvenCounts.Offsets", this.offsets.Length),
            backend.AllocateReal("EvenCounts.Scales", bins.Count),
            backend.AllocateReal("EvenCounts.Widths", bins.Count));
        this.bins.Offsets.Upload(this.offsets);
        this.bins.Scales.Upload(bins.Select(one => one.Scale).ToArray());
        this.bins.Widths.Upload(bins.Select(one => one.Width).ToArray());
        this.counts = backend.AllocateLong("EvenCounts.Counts", this.offsets[^1]);
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.offsets.Length - 1;

    /// <summary>The groups of rows so far; at least 1.</summary>
    public int Groups => (int)(this.counts.Length / this.offsets[^1]);

    /// <summary>Counts codes.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="middles">
    /// Receives the middle of the bin of each entry, and 0 for one of 0, [entries]; may be the values of the codes.
    /// Null for nobody.
    /// </param>
    /// <param name="places">
    /// Receives the bin of each entry, of those of all latents, and the latent's first for one of 0, [entries]. Null
    /// for nobody.
    /// </param>
    public void Add(SparseCodes codes, int rows, RealBuffer? middles = null, IntBuffer? places = null) =>
        this.backend.AccumulateBins(Arguments(codes, rows) with { Middles = middles, Places = places });

    /// <summary>Counts codes of rows that fall into groups, each with counts of its own.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="groups">The group of each row, at least 0.</param>
    public void Add(SparseCodes codes, ReadOnlySpan<int> groups)
    {
        int last = 0;
        foreach (int group in groups)
        {
            last = Math.Max(last, group);
        }

        if (last >= this.Groups)
        {
            this.counts = DeviceCounts.Enlarge(this.backend, this.counts, checked((last + 1L) * this.offsets[^1]));
        }

        if (this.rowGroups is null || this.rowGroups.Length < groups.Length)
        {
            this.rowGroups?.Dispose();
            this.rowGroups = this.backend.AllocateInt("EvenCounts.RowGroups", groups.Length);
        }

        this.rowGroups.Upload(groups);
        this.backend.AccumulateBins(
            Arguments(codes, groups.Length) with { Groups = this.Groups, RowGroups = this.rowGroups });
    }

    /// <summary>Reads the counts of the bins of all latents, one latent after the other.</summary>
    /// <param name="group">0 to <see cref="Groups"/> − 1.</param>
    public long[] Read(int group = 0)
    {
        long[] all = new long[this.offsets[^1]];
        this.counts.Download(all, (long)group * all.Length);
        return all;
    }

    /// <summary>Reads the counts of the bins of each latent, of the first group.</summary>
    public long[][] ReadLatents()
    {
        long[] all = Read();
        return [.. Enumerable.Range(0, this.Latents)
            .Select(latent => all[this.offsets[latent]..this.offsets[latent + 1]])];
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        this.bins.Offsets.Dispose();
        this.bins.Scales.Dispose();
        this.bins.Widths.Dispose();
        this.counts.Dispose();
        this.rowGroups?.Dispose();
    }

    private AccumulateBinsArguments Arguments(SparseCodes codes, int rows) => new()
    {
        Rows = rows,
        Latents = this.Latents,
        Codes = codes,
        Bins = this.offsets[^1],
        Even = this.bins,
        Counts = this.counts,
    };
}
