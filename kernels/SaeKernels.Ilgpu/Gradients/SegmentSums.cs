using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ v·g and Σ dz·x̃ over every 512 entries of the list that belong to one latent: a latent that is active
///            in every row is summed by many groups, and its own group adds their sums
/// Work       2 · entries of such latents · (DOut + DIn) FLOP
/// Traffic    4 · entries of such latents · (DOut + DIn) bytes → bound by memory (gathered, from the cache)
/// Launch     groups take segments in turns, threads take packs of four columns in turns; four rows in flight
/// Shared     none        Barriers  none
/// Order      entries ascending; deterministic
/// Error      as LatentGradients
/// Source     segmented reduction: Blelloch 1990, §1.5
/// </summary>
internal sealed class SegmentSums(KernelDevice device)
{
    private const int Length = 512;

    // The simulator's shapes are small, and shall meet segments all the same.
    private const int SimulatorLength = 8;
    private readonly PackKernel<LatentEntries> kernel = new(device, SumSegments<Pack1>, SumSegments<Pack4>);

    /// <summary>Entries of a segment.</summary>
    public static int LengthOn(KernelDevice device) => device.IsSimulator ? SimulatorLength : Length;

    public void Launch(in LatentEntries entries) =>
        this.kernel.Launch(entries.Rows.Length / entries.SegmentLength, entries.DOut, entries.DIn, entries);

    private static void SumSegments<TPack>(LatentEntries p)
        where TPack : unmanaged, IPack<TPack>
    {
        float auxScale = LatentEntries.AuxScaleOf(p);
        int segments = p.Offsets[p.Latents] / p.SegmentLength;
        for (int segment = Grid.IdxX; segment < segments; segment += Grid.DimX)
        {
            int first = segment * p.SegmentLength;
            int latent = LatentEntries.LatentOf(p, first);
            if (p.Offsets[latent + 1] >= first + p.SegmentLength)
            {
                StoreSum<TPack, DecoderSide>(p, segment, auxScale);
                StoreSum<TPack, EncoderSide>(p, segment, auxScale);
            }
        }
    }

    private static void StoreSum<TPack, TSide>(LatentEntries p, int segment, float auxScale)
        where TPack : unmanaged, IPack<TPack>
        where TSide : struct, IGradientSide
    {
        int first = segment * p.SegmentLength;
        int end = first + p.SegmentLength;
        int columns = TSide.Columns(p);
        for (int d = Group.IdxX * TPack.Width; d < columns; d += Group.DimX * TPack.Width)
        {
            TPack sum = LatentEntries.AddEntries<TPack, TSide>(default, p, first, end, d, auxScale);
            TPack.Store(TSide.Segments(p), ((long)segment * columns) + d, sum);
        }
    }
}
