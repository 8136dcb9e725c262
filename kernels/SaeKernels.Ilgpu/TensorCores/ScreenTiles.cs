using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   bounds p̃ ± radius of the pre-activations of all jobs on tensor cores; the latents of each row and range
///            whose upper bound reaches the K-th largest lower bound, and the same among flagged latents
/// Work       2 · batch · DSae · DIn FLOP in low precision; 8 FLOP a pre-activation for its bounds
/// Traffic    2 (bf16) or 4 (tf32) · 2 · batch · DSae · DIn / 128 bytes from the cache, 8 bytes a candidate → bound by
///            the cache or by FLOP
/// Launch     one group of 8 warps a job (128 rows × a range of latents, 128 at a time); a warp owns 64 × 32 of a tile
/// Shared     45 KiB: two steps of operands, a slab of sums for each warp, and the state of 128 rows
/// Barriers   2 a step of 64 bytes of depth, 16 of each warp and 3 a tile
/// Order      sums: whatever the tensor core does, the same each time; lists: any, as sets deterministic
/// Error      |p̃ − p| ≤ radius, see ScreeningBound for the accumulator that this assumes
/// Source     filter and refine with bounds; PTX ISA for mma, ldmatrix and cp.async
/// </summary>
internal sealed class ScreenTiles
{
    /// <summary>Lanes of a warp.</summary>
    public const int Lanes = 32;

    // A slab is half of a band: 8 rows × 32 latents, at a pitch that spreads the lanes' stores over the banks.
    private const int SlabRows = 8;
    private const int SlabPitch = WarpTile.Latents + 4;
    private const int SlabLength = SlabRows * SlabPitch;
    private const int MostWarps = ProductTile.MostWarpRows * ProductTile.MostWarpColumns;
    private readonly Kernel<Parameters> kernel;

    private ScreenTiles(KernelDevice device, Action<Parameters> body) =>
        this.kernel = new Kernel<Parameters>(device, body);

    /// <summary>Screens with one kind of product.</summary>
    public static ScreenTiles For<TProduct>(KernelDevice device)
        where TProduct : struct, IMatrixProduct => new(device, Screen<TProduct>);

    public void Launch(in Parameters parameters) => this.kernel.Launch(
        parameters.Jobs.Count, parameters.Tile.WarpRows * parameters.Tile.WarpColumns * Lanes, parameters);

    private static void Screen<TProduct>(Parameters p)
        where TProduct : struct, IMatrixProduct
    {
        ArrayView<Fragment> operands = SharedMemory.Allocate<Fragment>(ProductTile.SharedLength);
        ArrayView<float> slabs = SharedMemory.Allocate<float>(MostWarps * SlabLength);
        State state = new()
        {
            Slab = slabs.SubView(Group.IdxX / Lanes * SlabLength, SlabLength),
            FactorsOfNorm = SharedMemory.Allocate<float>(TileJob.Slots),
            FactorsOfError = SharedMemory.Allocate<float>(TileJob.Slots),
            Lengths = SharedMemory.Allocate<int>(TileJob.Slots),
            Thresholds = SharedMemory.Allocate<float>(TileJob.Slots),
            AuxLengths = SharedMemory.Allocate<int>(TileJob.Slots),
            AuxThresholds = SharedMemory.Allocate<float>(TileJob.Slots),
        };
        TileJob job = TileJob.Jobs.Job(p.Jobs, p.Encoder, Grid.IdxX);
        Begin(p, job, state);
        int rows = p.Tile.WarpRows * WarpTile.Rows;
        int width = p.Tile.WarpColumns * WarpTile.Latents;
        for (int latent = job.FirstLatent; latent < job.EndLatent; latent += width)
        {
            for (int slot = 0; slot < job.Rows; slot += rows)
            {
                // Its barriers also come between the state's changes above and below and their use here.
                WarpTile sums = ProductTile.Compute<TProduct>(p.Tile, job.FirstRow + slot, latent, operands);
                OfferTile(p, job, state, slot, latent, sums);
            }

            GroupBarrier.Wait();
            for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
            {
                ScreeningRow row = RowOf(state, slot);
                ScreenedLists.Prune(
                    p.Main, job, slot, row, p.LatentBounds, ref state.Lengths[slot], ref state.Thresholds[slot]);
                if (p.HasAux != 0)
                {
                    ScreenedLists.Prune(
                        p.Aux,
                        job,
                        slot,
                        row,
                        p.LatentBounds,
                        ref state.AuxLengths[slot],
                        ref state.AuxThresholds[slot]);
                }
            }
        }

        GroupBarrier.Wait();
        End(p, job, state);
    }

    private static void Begin(Parameters p, TileJob job, State state)
    {
        for (int slot = Group.IdxX; slot < TileJob.Slots; slot += Group.DimX)
        {
            int row = job.FirstRow + IntrinsicMath.Min(slot, job.Rows - 1);
            float norm = p.Tile.Input.Norms[row];
            float error = p.Tile.Input.Errors[row];
            state.FactorsOfNorm[slot] = ScreeningBound.FactorOfNorm(p.LatentBounds.Bound, norm, error);
            state.FactorsOfError[slot] = ScreeningBound.FactorOfError(p.LatentBounds.Bound, norm, error);
            state.Lengths[slot] = 0;
            state.Thresholds[slot] = float.NegativeInfinity;
            state.AuxLengths[slot] = 0;
            state.AuxThresholds[slot] = float.NegativeInfinity;
        }
    }

    private static void OfferTile(Parameters p, TileJob job, State state, int firstSlot, int firstLatent, WarpTile sums)
    {
        int warp = Group.IdxX / Lanes;
        int slot = firstSlot + (warp / p.Tile.WarpColumns * WarpTile.Rows);
        int latent = firstLatent + (warp % p.Tile.WarpColumns * WarpTile.Latents) + (Group.IdxX % Lanes);
        OfferBand(p, job, state, slot, latent, sums.Band0);
        OfferBand(p, job, state, slot + (2 * SlabRows), latent, sums.Band1);
        OfferBand(p, job, state, slot + (4 * SlabRows), latent, sums.Band2);
        OfferBand(p, job, state, slot + (6 * SlabRows), latent, sums.Band3);
    }

    private static void OfferBand(Parameters p, TileJob job, State state, int slot, int latent, WarpTile.WarpBand sums)
    {
        StorePair(state.Slab, 0, sums.Sums0.Upper0, sums.Sums0.Upper1);
        StorePair(state.Slab, 1, sums.Sums1.Upper0, sums.Sums1.Upper1);
        StorePair(state.Slab, 2, sums.Sums2.Upper0, sums.Sums2.Upper1);
        StorePair(state.Slab, 3, sums.Sums3.Upper0, sums.Sums3.Upper1);
        OfferSlab(p, job, state, slot, latent);
        StorePair(state.Slab, 0, sums.Sums0.Lower0, sums.Sums0.Lower1);
        StorePair(state.Slab, 1, sums.Sums1.Lower0, sums.Sums1.Lower1);
        StorePair(state.Slab, 2, sums.Sums2.Lower0, sums.Sums2.Lower1);
        StorePair(state.Slab, 3, sums.Sums3.Lower0, sums.Sums3.Lower1);
        OfferSlab(p, job, state, slot + SlabRows, latent);
    }

    private static void StorePair(ArrayView<float> slab, int block, float first, float second)
    {
        int lane = Group.IdxX % Lanes;
        int place = (lane / 4 * SlabPitch) + (block * 8) + (lane % 4 * 2);
        slab[place] = first;
        slab[place + 1] = second;
    }

    // A lane has one latent, and goes through eight rows.
    private static void OfferSlab(Parameters p, TileJob job, State state, int firstSlot, int latent)
    {
        Warp.Barrier();
        int known = IntrinsicMath.Min(latent, p.LatentBounds.Latents - 1);
        float bias = p.Encoder.BEnc[known];
        float norm = p.LatentBounds.Norms[known];
        float error = p.LatentBounds.Errors[known];
        float partOfBias = ScreeningBound.PartOfBias(p.LatentBounds.Bound, bias);
        int end = latent < job.EndLatent ? IntrinsicMath.Min(firstSlot + SlabRows, job.Rows) : firstSlot;
        for (int slot = firstSlot; slot < end; slot++)
        {
            float approximate = state.Slab[((slot - firstSlot) * SlabPitch) + (Group.IdxX % Lanes)] + bias;
            float radius = 0;
            if (p.LatentBounds.Bound.IsExact != 0)
            {
                ScreeningRow row = RowOf(state, slot);
                radius = ScreeningBound.Radius(row.FactorOfNorm, row.FactorOfError, norm, error, partOfBias);
                if (!ScreeningBound.IsTrusted(approximate, radius))
                {
                    p.Main.GivenUp[job.FirstRow + slot] = 1;
                }
            }

            float lower = approximate - radius;
            float upper = approximate + radius;
            ScreenedLists.Offer(
                p.Main, job.Index, slot, latent, lower, upper, ref state.Lengths[slot], state.Thresholds[slot]);
            if (p.HasAux != 0)
            {
                ScreenedLists.Offer(
                    p.Aux,
                    job.Index,
                    slot,
                    latent,
                    lower,
                    upper,
                    ref state.AuxLengths[slot],
                    state.AuxThresholds[slot]);
            }
        }

        Warp.Barrier();
    }

    private static void End(Parameters p, TileJob job, State state)
    {
        for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
        {
            long place = ((long)job.Range * p.Encoder.Rows) + job.FirstRow + slot;
            p.Main.Lists.Lengths[place] = state.Lengths[slot];
            if (p.HasAux != 0)
            {
                p.Aux.Lists.Lengths[place] = state.AuxLengths[slot];
            }
        }
    }

    private static ScreeningRow RowOf(State state, int slot) => new()
    {
        FactorOfNorm = state.FactorsOfNorm[slot],
        FactorOfError = state.FactorsOfError[slot],
    };

    internal struct Parameters
    {
        public EncoderView Encoder;
        public TileJob.Jobs Jobs;
        public ProductTile Tile;
        public ScreeningLatents LatentBounds;
        public ScreenedLists Main;
        public ScreenedLists Aux;
        public int HasAux;
    }

    private struct State
    {
        public ArrayView<float> Slab;
        public ArrayView<float> FactorsOfNorm;
        public ArrayView<float> FactorsOfError;
        public ArrayView<int> Lengths;
        public ArrayView<float> Thresholds;
        public ArrayView<int> AuxLengths;
        public ArrayView<float> AuxThresholds;
    }
}
