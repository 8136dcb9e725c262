using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the canonical pre-activation of every candidate; those that reach the least order of their latent go into
///            the pool. Of a list that was too short nothing does
/// Work       2 · candidates · DIn FLOP
/// Traffic    4 · candidates · DIn bytes from the cache, 8 bytes a candidate and 16 an entry → bound by the cache
/// Launch     groups take pieces of the jobs' lists in turns, threads take candidates in turns; then one thread
/// Shared     8 bytes        Barriers  3 for each group size of candidates
/// Order      each candidate for itself, d ascending; entries: any, as a set deterministic
/// Error      the canonical pre-activation exactly; in a mode without proof, that of the tensor core
/// Source     filter and refine
/// </summary>
internal sealed class RecheckPool(KernelDevice device)
{
    // A job has some thousand candidates, and there are only a few jobs for each multiprocessor.
    private const int PiecesOfJob = 8;
    private readonly Kernel<Parameters> kernel = new(device, Recheck);
    private readonly Kernel<Parameters> noteKernel = new(device, NoteOverflow);

    public void Launch(in Parameters parameters)
    {
        this.kernel.Launch(
            device.Groups((long)parameters.Jobs.Count * PiecesOfJob), device.GroupSize, parameters);
        this.noteKernel.Launch(1, 1, parameters);
    }

    private static void Recheck(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(2);
        int pieces = p.Jobs.RowBlocks * p.Jobs.Ranges * PiecesOfJob;
        for (int piece = Grid.IdxX; piece < pieces; piece += Grid.DimX)
        {
            TileJob job = TileJob.Jobs.Job(p.Jobs, p.Encoder, piece / PiecesOfJob);
            int length = p.Screened.Overflow[0] == 0 ? p.Screened.Lengths[job.Index] : 0;
            int step = PiecesOfJob * Group.DimX;
            for (int first = piece % PiecesOfJob * Group.DimX; first < length; first += step)
            {
                Decide(p, job, first + Group.IdxX, length, shared);
            }

            if (Group.IdxX == 0 && piece % PiecesOfJob == 0 && p.IsExact != 0)
            {
                Atomic.Add(ref p.Counts[ScreeningCounts.Candidates], (long)length);
            }
        }
    }

    private static void Decide(Parameters p, TileJob job, int element, int length, ArrayView<int> shared)
    {
        uint order = 0;
        int latent = 0;
        int row = 0;
        uint bound = uint.MaxValue;
        if (element < length)
        {
            long place = ((long)job.Index * p.Screened.Capacity) + element;
            latent = ScreenedPool.LatentOf(job, p.Screened.Places[place]);
            row = ScreenedPool.RowOf(job, p.Screened.Places[place]);
            bound = p.Screened.Bounds[(long)latent * p.Screened.BoundStride];
            order = PreActivationOrder.Of(
                p.IsExact != 0 ? CanonicalChain.Compute(p.Encoder, row, latent) : p.Screened.Values[place]);
        }

        if (Group.IdxX == 0)
        {
            shared[0] = 0;
        }

        GroupBarrier.Wait();
        int number = 0;
        if (order >= bound)
        {
            number = Atomic.Add(ref shared[0], 1);
        }

        GroupBarrier.Wait();
        if (Group.IdxX == 0)
        {
            shared[1] = CandidatePool.Reserve(p.Pool, shared[0]);
        }

        GroupBarrier.Wait();
        if (order >= bound)
        {
            Store(p.Pool, row, PreActivationOrder.Key(order, latent), shared[1] + number);
        }
    }

    private static void Store(CandidatePool pool, int row, ulong key, int place)
    {
        Atomic.Add(ref pool.RowLengths[row], 1);
        if (place < pool.Keys.IntLength)
        {
            pool.Keys[place] = key;
            pool.Rows[place] = row;
        }
    }

    // Where float32 has to do it all, its pool takes whatever reaches the bounds, in every row.
    private static void NoteOverflow(Parameters p)
    {
        p.LastRow[0] = int.MaxValue;
        if (p.Screened.Overflow[0] != 0)
        {
            p.Counts[ScreeningCounts.GivenUpRows] += p.Encoder.Rows;
        }
    }

    internal struct Parameters
    {
        public EncoderView Encoder;
        public ScreenedPool Screened;
        public CandidatePool Pool;
        public ArrayView<long> Counts;

        /// <summary>[1] receives what no row is above.</summary>
        public ArrayView<int> LastRow;
        public TileJob.Jobs Jobs;
        public int IsExact;
    }
}
