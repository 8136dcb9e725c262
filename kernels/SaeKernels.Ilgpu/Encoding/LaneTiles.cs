using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   what <see cref="GroupTiles{TSelector}"/> does, bit for bit, for devices that are CPUs
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · batch · DSae · DIn / 8 bytes from the cache → bound by FLOP
/// Launch     one thread a job (128 rows at the most × a range of latents); 64 latents at a time for all rows, in tiles
///            of 4 × 16
/// Shared     2.3 KiB: a tile and the selector's state        Barriers  none
/// Order      d ascending from b_enc, fused multiply-adds; bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Goto, van de Geijn 2008 (blocks that stay in the cache)
/// </summary>
/// <typeparam name="TSelector">Receives the pre-activations.</typeparam>
internal static class LaneTiles<TSelector>
    where TSelector : struct, ISelector<TSelector>
{
    public static void Run(Parameters p)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(LaneTile.Length);
        ArrayView<int> state = SharedMemory.Allocate<int>(Selectors.StateLength);
        TileJob job = TileJob.Jobs.Job(p.Jobs, p.Encoder, Grid.IdxX);
        TSelector.Begin(p.Selector, job, state);
        int end = TSelector.IsIdle(p.Selector) ? job.FirstLatent : job.EndLatent;
        for (int chunk = job.FirstLatent; chunk < end; chunk += LaneTile.LatentsOfChunk)
        {
            int endOfChunk = IntrinsicMath.Min(chunk + LaneTile.LatentsOfChunk, end);
            for (int slot = 0; slot < job.Rows; slot += LaneTile.Lanes)
            {
                int rows = IntrinsicMath.Min(LaneTile.Lanes, job.Rows - slot);
                for (int latent = chunk; latent < endOfChunk; latent += LaneTile.Latents)
                {
                    LaneTile.Compute(p.Encoder, p.Panels, (job.FirstRow + slot) / LaneTile.Lanes, latent, tile);
                    int latents = IntrinsicMath.Min(LaneTile.Latents, endOfChunk - latent);
                    Visit(p.Selector, job, state, slot, rows, latent, latents, tile);
                }
            }
        }

        TSelector.End(p.Selector, job, state);
    }

    private static void Visit(
        TSelector selector,
        TileJob job,
        ArrayView<int> state,
        int slot,
        int rows,
        int latent,
        int latents,
        ArrayView<float> tile)
    {
        uint lanes = (1u << rows) - 1;
        ulong accepted = 0;
        for (int j = 0; j < latents; j++)
        {
            int first = j * LaneTile.Lanes;
            uint some = TSelector.AcceptsLanes(selector, job, state, slot, latent + j, tile, first) & lanes;
            accepted |= (ulong)some << first;
        }

        // Many tiles hold nothing of interest once thresholds have risen.
        if (accepted != 0)
        {
            int count = Walk(selector, job, state, slot, latent, tile, accepted, 0, isOffered: false);
            int place = count > 0 ? TSelector.Reserve(selector, count) : 0;
            Walk(selector, job, state, slot, latent, tile, accepted, place, isOffered: true);
            TSelector.Tidy(selector, job, state, slot, rows);
        }
    }

    private static int Walk(
        TSelector selector,
        TileJob job,
        ArrayView<int> state,
        int firstSlot,
        int firstLatent,
        ArrayView<float> tile,
        ulong accepted,
        int place,
        bool isOffered)
    {
        int next = place;
        for (ulong left = accepted; left != 0; left &= left - 1)
        {
            int i = IntrinsicMath.BitOperations.TrailingZeroCount(left);
            int latent = firstLatent + (i / LaneTile.Lanes);
            int slot = firstSlot + (i % LaneTile.Lanes);
            uint order = PreActivationOrder.Of(tile[i]);
            if (TSelector.Accepts(selector, job, state, slot, latent, order))
            {
                next = isOffered
                    ? TSelector.Offer(selector, job, state, slot, latent, order, next)
                    : next + TSelector.Count(selector, job, state, slot, latent, order);
            }
        }

        return next;
    }

    internal struct Parameters
    {
        public EncoderView Encoder;

        /// <summary>[panels, DIn, lanes] inputs.</summary>
        public ArrayView<float> Panels;
        public TileJob.Jobs Jobs;
        public TSelector Selector;
    }
}
