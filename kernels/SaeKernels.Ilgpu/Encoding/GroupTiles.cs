using System.Runtime.CompilerServices;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the pre-activations p = b_enc + W_enc · x of all jobs, tile by tile, each tile handed to a selector
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache → bound by FLOP
/// Launch     one group of 256 a job (128 rows × a range of latents); a thread owns 8 × 8 of each 128 × 128 tile
/// Shared     36 KiB: two slices of 16 columns of x and W_enc, and the selector's state
/// Barriers   DIn / 16 + 4 a tile
/// Order      d ascending from b_enc, fused multiply-adds; bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Volkov, Demmel 2008 (register tiles); the epilogue instead of a matrix of results is ours
/// </summary>
/// <typeparam name="TSelector">Receives the pre-activations.</typeparam>
internal static class GroupTiles<TSelector>
    where TSelector : struct, ISelector<TSelector>
{
    private const int Counted = 0;
    private const int Reserved = 1;

    public static void Run(Parameters p)
    {
        ArrayView<float> inputs = SharedMemory.Allocate<float>(GroupTile.SlicesLength);
        ArrayView<float> weights = SharedMemory.Allocate<float>(GroupTile.SlicesLength);
        ArrayView<int> state = SharedMemory.Allocate<int>(Selectors.StateLength);
        ArrayView<int> places = SharedMemory.Allocate<int>(2);
        TileJob job = TileJob.Jobs.Job(p.Jobs, p.Encoder, Grid.IdxX);
        TSelector.Begin(p.Selector, job, state);
        int end = TSelector.IsIdle(p.Selector) ? job.FirstLatent : job.EndLatent;
        for (int latent = job.FirstLatent; latent < end; latent += GroupTile.Edge)
        {
            if (Group.IdxX == 0)
            {
                places[Counted] = 0;
            }

            // Its barriers also come between the state's changes above and below and their use here.
            GroupTile tile = GroupTile.Compute(p.Encoder, job, latent, inputs, weights);
            int count = Visit(p.Selector, job, state, latent, tile, 0, isOffered: false);
            int place = 0;
            if (count > 0)
            {
                place = Atomic.Add(ref places[Counted], count);
            }

            GroupBarrier.Wait();
            if (Group.IdxX == 0)
            {
                places[Reserved] = TSelector.Reserve(p.Selector, places[Counted]);
            }

            GroupBarrier.Wait();
            Visit(p.Selector, job, state, latent, tile, places[Reserved] + place, isOffered: true);
            GroupBarrier.Wait();
            TSelector.Tidy(p.Selector, job, state, 0, TileJob.Slots);
        }

        GroupBarrier.Wait();
        TSelector.End(p.Selector, job, state);
    }

    /// <summary>Counts or offers a thread's pre-activations; returns the number of places so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Visit(
        TSelector selector,
        TileJob job,
        ArrayView<int> state,
        int firstLatent,
        GroupTile tile,
        int place,
        bool isOffered)
    {
        int next = place;
        next = VisitRow(selector, job, state, GroupTile.Slot(0), firstLatent, tile.Row0, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(1), firstLatent, tile.Row1, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(2), firstLatent, tile.Row2, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(3), firstLatent, tile.Row3, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(4), firstLatent, tile.Row4, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(5), firstLatent, tile.Row5, next, isOffered);
        next = VisitRow(selector, job, state, GroupTile.Slot(6), firstLatent, tile.Row6, next, isOffered);
        return VisitRow(selector, job, state, GroupTile.Slot(7), firstLatent, tile.Row7, next, isOffered);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int VisitRow(
        TSelector selector,
        TileJob job,
        ArrayView<int> state,
        int slot,
        int firstLatent,
        Octet row,
        int place,
        bool isOffered)
    {
        int next = place;
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(0), row.V0, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(1), row.V1, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(2), row.V2, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(3), row.V3, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(4), row.V4, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(5), row.V5, next, isOffered);
        next = VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(6), row.V6, next, isOffered);
        return VisitValue(selector, job, state, slot, firstLatent + GroupTile.Latent(7), row.V7, next, isOffered);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int VisitValue(
        TSelector selector,
        TileJob job,
        ArrayView<int> state,
        int slot,
        int latent,
        float preActivation,
        int place,
        bool isOffered)
    {
        int next = place;
        bool isReal = slot < job.Rows && latent < job.EndLatent;
        uint order = isReal ? PreActivationOrder.Of(preActivation) : 0;
        // Flags are asked for real latents only.
        if (isReal && TSelector.Accepts(selector, job, state, slot, latent, order))
        {
            next = isOffered
                ? TSelector.Offer(selector, job, state, slot, latent, order, place)
                : place + TSelector.Count(selector, job, state, slot, latent, order);
        }

        return next;
    }

    internal struct Parameters
    {
        public EncoderView Encoder;
        public TileJob.Jobs Jobs;
        public TSelector Selector;
    }
}
