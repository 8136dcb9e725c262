using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the K largest canonical pre-activations, range by range, of the rows that screening gave up
/// Work       2 · rows given up · DSae · DIn FLOP
/// Traffic    4 · rows given up · DSae · DIn bytes from the cache → bound by the cache: slow, and meant to be rare
/// Launch     groups take rows in turns; threads take latents of a tile in turns
/// Shared     8 bytes        Barriers  2 a tile of a row that was given up
/// Order      d ascending; deterministic
/// Error      the canonical pre-activation exactly
/// Source     –
/// </summary>
internal sealed class GivenUpRows(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, Compute);

    /// <summary>Enqueues the work for all rows; the device knows which were given up, the host need not wait.</summary>
    public void Launch(in Parameters parameters) =>
        this.kernel.Launch(device.Groups(parameters.Encoder.Rows), device.GroupSize, parameters);

    private static void Compute(Parameters p)
    {
        ArrayView<int> lengths = SharedMemory.Allocate<int>(1);
        ArrayView<float> thresholds = SharedMemory.Allocate<float>(1);
        for (int row = Grid.IdxX; row < p.Encoder.Rows; row += Grid.DimX)
        {
            int ranges = p.Screened.GivenUp[row] != 0 ? p.Screened.Lists.Jobs.Ranges : 0;
            for (int range = 0; range < ranges; range++)
            {
                ComputeRange(p, row, range, lengths, thresholds);
            }

            if (Group.IdxX == 0 && ranges > 0 && p.IsCounted != 0)
            {
                Atomic.Add(ref p.Counts[ScreeningCounts.GivenUpRows], 1L);
            }
        }
    }

    private static void ComputeRange(
        Parameters p, int row, int range, ArrayView<int> lengths, ArrayView<float> thresholds)
    {
        int block = row / TileJob.Slots;
        int slot = row - (block * TileJob.Slots);
        TileJob job = TileJob.Jobs.Job(
            p.Screened.Lists.Jobs, p.Encoder, (range * p.Screened.Lists.Jobs.RowBlocks) + block);
        if (Group.IdxX == 0)
        {
            lengths[0] = 0;
            thresholds[0] = float.NegativeInfinity;
        }

        GroupBarrier.Wait();
        for (int first = job.FirstLatent; first < job.EndLatent; first += p.Screened.Width)
        {
            int end = IntrinsicMath.Min(first + p.Screened.Width, job.EndLatent);
            for (int latent = first + Group.IdxX; latent < end; latent += Group.DimX)
            {
                float exact = CanonicalChain.Compute(p.Encoder, row, latent);
                ScreenedLists.Offer(
                    p.Screened, job.Index, slot, latent, exact, exact, ref lengths[0], thresholds[0]);
            }

            GroupBarrier.Wait();
            if (Group.IdxX == 0)
            {
                ScreenedLists.Prune(
                    p.Screened, job, slot, default, p.Unproven, ref lengths[0], ref thresholds[0]);
            }

            GroupBarrier.Wait();
        }

        if (Group.IdxX == 0)
        {
            p.Screened.Lists.Lengths[((long)range * p.Encoder.Rows) + row] = lengths[0];
        }
    }

    internal struct Parameters
    {
        public EncoderView Encoder;
        public ScreenedLists Screened;

        /// <summary>Bounds that are none: values are exact.</summary>
        public ScreeningLatents Unproven;
        public ArrayView<long> Counts;

        /// <summary>Whether the rows are counted: by one of the two selections of an encoder.</summary>
        public int IsCounted;
    }
}
