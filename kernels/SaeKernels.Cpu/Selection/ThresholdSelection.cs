using System.Numerics;
using System.Runtime.CompilerServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Keeps what is above its latent's threshold, in a list that the threads share a segment at a time.</summary>
/// <remarks>
/// A thread fills its segments in the order in which it takes them, so the entries of a row are found by ascending
/// latent. Where the list is full, entries are counted only.
/// </remarks>
internal readonly unsafe struct ThresholdSelection : ISelection
{
    private const int SegmentSize = 4096;

    // What a segment holds at least: the next 32 latents might not have fitted.
    private const int SegmentLeast = SegmentSize - CandidateKeys.MostAppended;
    private readonly EntryList entries;
    private readonly int* counts;
    private readonly int* lengths;
    private readonly int* segments;
    private readonly int* nextSegment;
    private readonly int segmentCount;

    /// <summary>Makes room for as many entries as the codes have.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="codes">The codes that will receive the entries.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="threshold">The thresholds; null for 0 everywhere.</param>
    /// <param name="bandwidth">The width of the band around each of them.</param>
    public ThresholdSelection(
        CpuContext context, SparseCodes codes, int rows, int latents, RealBuffer? threshold, double bandwidth)
    {
        ScratchMemory scratch = context.Scratch;
        int threads = context.Team.Threads;
        long most = Math.Min(codes.Capacity, (long)rows * latents);
        this.segmentCount = checked((int)((most / SegmentLeast) + 1 + threads));
        this.entries = new EntryList(scratch, (long)this.segmentCount * SegmentSize);
        this.lengths = scratch.Take<int>(this.segmentCount);
        this.segments = scratch.Take<int>(threads);
        this.nextSegment = scratch.Take<int>(1);
        this.counts = scratch.Take<int>(rows);
        new Span<int>(this.lengths, this.segmentCount).Clear();
        new Span<int>(this.counts, rows).Clear();
        for (int worker = 0; worker < threads; worker++)
        {
            this.segments[worker] = worker;
        }

        *this.nextSegment = threads;
        this.Thresholds = scratch.Take<float>(latents + CandidateKeys.MostAppended);
        float halfWidth = (float)(bandwidth / 2);
        float* given = threshold is null ? null : HostPointers.Of(threshold);
        for (int latent = 0; latent < latents + CandidateKeys.MostAppended; latent++)
        {
            this.Thresholds[latent] = given is null || latent >= latents ? 0 : JumpRows.Of(given[latent]) - halfWidth;
        }
    }

    /// <summary>What each latent's pre-activation must exceed, never NaN.</summary>
    public float* Thresholds { get; }

    /// <inheritdoc/>
    public void Begin(int worker, long slot, int row)
    {
        // Rows keep nothing in scratch memory.
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Accept<TTile>(int worker, long slot, float* values, int firstLatent)
        where TTile : struct, ITile => TTile.NotBelow(values, this.Thresholds + firstLatent);

    /// <inheritdoc/>
    public void Add(int worker, long slot, int row, float* values, uint accepted, int firstLatent)
    {
        this.counts[row] += BitOperations.PopCount(accepted);
        int segment = SegmentWithRoom(worker);
        if (segment < this.segmentCount)
        {
            long end = ((long)segment * SegmentSize) + this.lengths[segment];
            this.lengths[segment] += this.entries.Write(end, row, values, accepted, firstLatent);
        }
    }

    /// <summary>Adds a pre-activation if it is above its threshold.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="row">Its row, whose latents come in ascending order.</param>
    /// <param name="latent">Its latent.</param>
    /// <param name="value">The pre-activation.</param>
    public void Offer(int worker, int row, int latent, float value)
    {
        if (value <= this.Thresholds[latent])
        {
            return;
        }

        this.counts[row]++;
        int segment = SegmentWithRoom(worker);
        if (segment < this.segmentCount)
        {
            long end = ((long)segment * SegmentSize) + this.lengths[segment]++;
            this.entries.Set(end, row, latent, value);
        }
    }

    /// <inheritdoc/>
    public void End(long slot, int row)
    {
        // Rows are written when all are there.
    }

    /// <summary>Writes the codes, or how many entries they would need.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="rows">Rows of the batch.</param>
    public void Store(SparseCodes codes, int rows)
    {
        if (CodeRows.Open(codes, this.counts, rows))
        {
            for (int segment = 0; segment < this.segmentCount; segment++)
            {
                CodeRows.Place(codes, this.entries, (long)segment * SegmentSize, this.lengths[segment]);
            }
        }
    }

    /// <summary>The segment that a thread writes to; the number of segments where all are full.</summary>
    private int SegmentWithRoom(int worker)
    {
        int segment = this.segments[worker];
        if (segment < this.segmentCount && this.lengths[segment] > SegmentLeast)
        {
            segment = Math.Min(Interlocked.Increment(ref *this.nextSegment) - 1, this.segmentCount);
            this.segments[worker] = segment;
        }

        return segment;
    }
}
