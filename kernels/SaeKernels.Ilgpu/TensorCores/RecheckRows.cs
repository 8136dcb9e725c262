using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the canonical pre-activation of every candidate whose upper bound reaches the K-th largest lower bound of
///            its whole row; other candidates leave the list
/// Work       2 · survivors · DIn FLOP, 8 FLOP a candidate
/// Traffic    4 · survivors · DIn bytes from the cache, 16 bytes a candidate → bound by the cache
/// Launch     groups take rows in turns, threads take candidates and then survivors in turns
/// Shared     4 KiB        Barriers  3 for each 1024 candidates of a range
/// Order      each survivor for itself, d ascending; deterministic
/// Error      the canonical pre-activation exactly
/// Source     filter and refine
/// </summary>
internal sealed class RecheckRows(KernelDevice device)
{
    private const int Window = 1024;
    private readonly Kernel<Parameters> kernel = new(device, Recheck);

    public void Launch(in Parameters parameters) =>
        this.kernel.Launch(device.Groups(parameters.Encoder.Rows), device.GroupSize, parameters);

    private static void Recheck(Parameters p)
    {
        ArrayView<int> survivors = SharedMemory.Allocate<int>(Window);
        ArrayView<int> count = SharedMemory.Allocate<int>(1);
        for (int row = Grid.IdxX; row < p.Encoder.Rows; row += Grid.DimX)
        {
            ScreeningRow bounds = RowOf(p, row);
            float threshold = ScreenedLists.Value(p.Cuts.Cuts[row]);
            int ranges = p.Screened.GivenUp[row] != 0 ? 0 : p.Screened.Lists.Jobs.Ranges;
            for (int range = 0; range < ranges; range++)
            {
                int length = p.Screened.Lists.Lengths[((long)range * p.Encoder.Rows) + row];
                long start = Start(p, row, range);
                for (int first = 0; first < length; first += Window)
                {
                    GroupBarrier.Wait();
                    if (Group.IdxX == 0)
                    {
                        count[0] = 0;
                    }

                    GroupBarrier.Wait();
                    int end = IntrinsicMath.Min(first + Window, length);
                    Sift(p, bounds, threshold, start, first, end, survivors, count);
                    GroupBarrier.Wait();
                    Decide(p, row, start, survivors, count[0]);
                }
            }
        }
    }

    private static ScreeningRow RowOf(Parameters p, int row)
    {
        float norm = p.Input.Norms[row];
        float error = p.Input.Errors[row];
        return new ScreeningRow
        {
            FactorOfNorm = ScreeningBound.FactorOfNorm(p.LatentBounds.Bound, norm, error),
            FactorOfError = ScreeningBound.FactorOfError(p.LatentBounds.Bound, norm, error),
        };
    }

    private static long Start(Parameters p, int row, int range)
    {
        int block = row / TileJob.Slots;
        int job = (range * p.Screened.Lists.Jobs.RowBlocks) + block;
        return RowLists.Start(p.Screened.Lists, job, row - (block * TileJob.Slots));
    }

    // Order 0 is that of no pre-activation: the selection that follows passes it over.
    private static void Sift(
        Parameters p,
        ScreeningRow bounds,
        float threshold,
        long start,
        int first,
        int end,
        ArrayView<int> survivors,
        ArrayView<int> count)
    {
        for (int element = first + Group.IdxX; element < end; element += Group.DimX)
        {
            long place = start + ((long)element * p.Screened.Lists.KeyStride);
            ulong key = p.Screened.Lists.Keys[place];
            if (ScreenedLists.UpperBound(key, bounds, p.LatentBounds) < threshold)
            {
                p.Screened.Lists.Keys[place] = PreActivationOrder.Key(0, PreActivationOrder.Latent(key));
            }
            else
            {
                survivors[Atomic.Add(ref count[0], 1)] = element;
            }
        }
    }

    private static void Decide(Parameters p, int row, long start, ArrayView<int> survivors, int count)
    {
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            long place = start + ((long)survivors[i] * p.Screened.Lists.KeyStride);
            int latent = PreActivationOrder.Latent(p.Screened.Lists.Keys[place]);
            float exact = CanonicalChain.Compute(p.Encoder, row, latent);
            p.Screened.Lists.Keys[place] = PreActivationOrder.Key(PreActivationOrder.Of(exact), latent);
        }

        if (Group.IdxX == 0)
        {
            Atomic.Add(ref p.Counts[ScreeningCounts.Candidates], (long)count);
        }
    }

    internal struct Parameters
    {
        public EncoderView Encoder;
        public OperandView Input;
        public ScreeningLatents LatentBounds;
        public ScreenedLists Screened;

        /// <summary>The K-th largest lower bound of each row.</summary>
        public RowCutsView Cuts;
        public ArrayView<long> Counts;
    }
}
