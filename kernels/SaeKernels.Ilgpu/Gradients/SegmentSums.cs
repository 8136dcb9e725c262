using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   dz, Σ v·g and Σ dz·x̃ over every 512 entries of the list that belong to one latent, before the visits: a
///            latent that is active in every row is summed by many groups, and its own group adds their sums
/// Work       entries of such latents · (4 · DOut + 2 · DIn) FLOP
/// Traffic    4 · entries of such latents · (2 · DOut + DIn) bytes → bound by memory (gathered, from the cache)
/// Launch     groups take segments in turns, threads take packs of four columns in turns; four rows in flight; no
///            launch where the batch has fewer rows than a segment has entries
/// Shared     5.3 KiB        Barriers  4 a segment and 2 per 32 of its entries
/// Order      entries ascending; deterministic
/// Error      as LatentGradients
/// Source     segmented reduction: Blelloch 1990, §1.5
/// </summary>
internal sealed class SegmentSums(KernelDevice device)
{
    private const int Length = 512;

    // The simulator's shapes are small, and shall meet segments all the same.
    private const int SimulatorLength = 8;
    private const int NumbersOfSums = 3;
    private readonly PackKernel<LatentEntries> kernel = new(device, SumSegments<Pack1>, SumSegments<Pack4>);

    /// <summary>Entries of a segment.</summary>
    public static int LengthOn(KernelDevice device) => device.IsSimulator ? SimulatorLength : Length;

    /// <summary>Segments of a list; none where the batch has too few rows for a latent to fill one.</summary>
    public static long CountOn(KernelDevice device, int entries, int rows) =>
        rows < LengthOn(device) ? 0 : entries / LengthOn(device);

    /// <summary>Numbers that the sums of so many segments take.</summary>
    public static long NumbersOf(long segments) => NumbersOfSums * segments;

    /// <summary>The sums over the entries of a segment; called in kernels.</summary>
    public static ThreeSums SumsOf(LatentEntries entries, int segment)
    {
        long place = (long)segment * NumbersOfSums;
        return new ThreeSums
        {
            First = entries.SegmentSums[place],
            Second = entries.SegmentSums[place + 1],
            Third = entries.SegmentSums[place + 2],
        };
    }

    public void Launch(in LatentEntries entries)
    {
        int rows = entries.HasAux != 0 ? 2 * entries.Batch : entries.Batch;
        long segments = CountOn(device, (int)entries.Rows.Length, rows);
        this.kernel.Launch(segments, entries.LaunchedDOut, entries.DIn, entries);
    }

    private static void SumSegments<TPack>(LatentEntries p)
        where TPack : unmanaged, IPack<TPack>
    {
        GroupMemory memory = GroupMemory.Allocate();
        float auxScale = LatentEntries.AuxScaleOf(p);
        p = LatentEntries.Load(p);
        int segments = EntryWay.Count(p.Way, p.Offsets[p.Latents] / p.SegmentLength);
        for (int segment = Grid.IdxX; segment < segments; segment += Grid.DimX)
        {
            // Where no latent has the whole segment there are no entries: no condition is around barriers.
            int first = segment * p.SegmentLength;
            int latent = LatentEntries.LatentOf(p, first);
            p = LatentEntries.At(p, latent);
            int length = p.Offsets[latent + 1] >= first + p.SegmentLength ? p.SegmentLength : 0;
            EntryRange range = new() { First = first, Head = length, Count = length };
            float weight = LatentVisit.PenaltyWeight<TPack>(p, latent, memory.Numbers);
            ThreeSums sums = EntryProducts.Add<TPack>(p, latent, range, weight, auxScale, memory.Products);
            sums = GroupReduction.Sum(memory.Threes, sums);
            StoreSums(p, segment, length, sums);
            StoreRow<TPack, DecoderSide>(p, segment, length, auxScale);
            StoreRow<TPack, EncoderSide>(p, segment, length, auxScale);
        }
    }

    private static void StoreSums(LatentEntries p, int segment, int length, ThreeSums sums)
    {
        if (Group.IdxX == 0 && length > 0)
        {
            long place = (long)segment * NumbersOfSums;
            p.SegmentSums[place] = sums.First;
            p.SegmentSums[place + 1] = sums.Second;
            p.SegmentSums[place + 2] = sums.Third;
        }
    }

    private static void StoreRow<TPack, TSide>(LatentEntries p, int segment, int length, float auxScale)
        where TPack : unmanaged, IPack<TPack>
        where TSide : struct, IGradientSide
    {
        int first = segment * p.SegmentLength;
        int columns = length > 0 ? TSide.Columns(p) : 0;
        for (int d = Group.IdxX * TPack.Width; d < columns; d += Group.DimX * TPack.Width)
        {
            TPack sum = LatentEntries.AddEntries<TPack, TSide>(default, p, first, first + length, d, auxScale);
            TPack.Store(TSide.Segments(p), ((long)segment * columns) + d, sum);
        }
    }
}
