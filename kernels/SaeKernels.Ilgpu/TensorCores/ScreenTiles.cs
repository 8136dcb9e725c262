using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   bounds p̃ ± radius of the pre-activations of all jobs on tensor cores, each handed to a selector; and to
///            the lists of flagged latents, where there are any
/// Work       2 · batch · DSae · DIn FLOP in low precision; 8 FLOP a pre-activation for its bounds
/// Traffic    2 (bf16) or 4 (tf32) · 2 · batch · DSae · DIn / 128 bytes from the cache, 8 bytes a candidate → bound by
///            the cache or by FLOP
/// Launch     one group of 8 warps a job (128 rows × a range of latents, 128 at a time); a warp owns 64 × 32 of a tile
/// Shared     45 KiB: two steps of operands, a slab of sums for each warp, and the state of 128 rows
/// Barriers   2 a step of 64 bytes of depth, 16 of each warp and 3 a tile
/// Order      sums: whatever the tensor core does, the same each time; candidates: any, as sets deterministic
/// Error      |p̃ − p| ≤ radius, see ScreeningBound for the accumulator that this assumes
/// Source     filter and refine with bounds; PTX ISA for mma, ldmatrix and cp.async
/// </summary>
/// <typeparam name="TScreen">The selector.</typeparam>
internal sealed class ScreenTiles<TScreen>
    where TScreen : struct, IScreen<TScreen>
{
    private readonly Kernel<Parameters> kernel;

    private ScreenTiles(KernelDevice device, Action<Parameters> body) =>
        this.kernel = new Kernel<Parameters>(device, body);

    /// <summary>Screens with one kind of product.</summary>
    public static ScreenTiles<TScreen> For<TProduct>(KernelDevice device)
        where TProduct : struct, IMatrixProduct => new(device, Screen<TProduct>);

    /// <summary>Enqueues all jobs.</summary>
    /// <param name="view">The batch.</param>
    /// <param name="jobs">Its split.</param>
    /// <param name="main">The selector.</param>
    /// <param name="aux">Lists of flagged latents.</param>
    /// <param name="hasAux">Whether these are wanted.</param>
    public void Launch(
        in ScreeningView view, in TileJob.Jobs jobs, in TScreen main, in ScreenedLists aux, bool hasAux) =>
        this.kernel.Launch(jobs.Count, view.Tile.WarpRows * view.Tile.WarpColumns * WarpSlab.Lanes, new Parameters
        {
            View = view,
            Main = main,
            Aux = aux,
            Jobs = jobs,
            HasAux = hasAux ? 1 : 0,
        });

    private static void Screen<TProduct>(Parameters p)
        where TProduct : struct, IMatrixProduct
    {
        ArrayView<Fragment> operands = SharedMemory.Allocate<Fragment>(ProductTile.SharedLength);
        ArrayView<float> slab = WarpSlab.OfWarp(SharedMemory.Allocate<float>(WarpSlab.SharedLength));
        ScreenState main = new()
        {
            FactorsOfNorm = SharedMemory.Allocate<float>(TileJob.Slots),
            FactorsOfError = SharedMemory.Allocate<float>(TileJob.Slots),
            Lengths = SharedMemory.Allocate<int>(TileJob.Slots),
            Thresholds = SharedMemory.Allocate<float>(TileJob.Slots),
        };
        ScreenState aux = new()
        {
            FactorsOfNorm = main.FactorsOfNorm,
            FactorsOfError = main.FactorsOfError,
            Lengths = SharedMemory.Allocate<int>(TileJob.Slots),
            Thresholds = SharedMemory.Allocate<float>(TileJob.Slots),
        };
        TileJob job = TileJob.Jobs.Job(p.Jobs, p.View.Encoder, Grid.IdxX);
        Begin(p, job, main, aux);
        int rows = p.View.Tile.WarpRows * WarpTile.Rows;
        int width = p.View.Tile.WarpColumns * WarpTile.Latents;
        for (int latent = job.FirstLatent; latent < job.EndLatent; latent += width)
        {
            for (int slot = 0; slot < job.Rows; slot += rows)
            {
                // Its barriers also come between the state's changes above and below and their use here.
                WarpTile sums = ProductTile.Compute<TProduct>(
                    p.View.Tile, job.FirstRow + slot, latent, operands);
                OfferTile(p, job, main, aux, slab, slot, latent, sums);
            }

            GroupBarrier.Wait();
            TScreen.Tidy(p.Main, job, p.View.LatentBounds, main);
            if (p.HasAux != 0)
            {
                ScreenedLists.Tidy(p.Aux, job, p.View.LatentBounds, aux);
            }
        }

        GroupBarrier.Wait();
        TScreen.End(p.Main, job, main);
        if (p.HasAux != 0)
        {
            ScreenedLists.End(p.Aux, job, aux);
        }
    }

    private static void Begin(Parameters p, TileJob job, ScreenState main, ScreenState aux)
    {
        for (int slot = Group.IdxX; slot < TileJob.Slots; slot += Group.DimX)
        {
            int row = job.FirstRow + IntrinsicMath.Min(slot, job.Rows - 1);
            float norm = p.View.Tile.Input.Norms[row];
            float error = p.View.Tile.Input.Errors[row];
            ScreeningBound bound = p.View.LatentBounds.Bound;
            main.FactorsOfNorm[slot] = ScreeningBound.FactorOfNorm(bound, norm, error);
            main.FactorsOfError[slot] = ScreeningBound.FactorOfError(bound, norm, error);
            main.Lengths[slot] = 0;
            main.Thresholds[slot] = float.NegativeInfinity;
            aux.Lengths[slot] = 0;
            aux.Thresholds[slot] = float.NegativeInfinity;
        }
    }

    private static void OfferTile(
        Parameters p,
        TileJob job,
        ScreenState main,
        ScreenState aux,
        ArrayView<float> slab,
        int firstSlot,
        int firstLatent,
        WarpTile sums)
    {
        int warp = Group.IdxX / WarpSlab.Lanes;
        int columns = p.View.Tile.WarpColumns;
        int slot = firstSlot + (warp / columns * WarpTile.Rows);
        int latent = firstLatent + (warp % columns * WarpTile.Latents) + (Group.IdxX % WarpSlab.Lanes);
        OfferBand(p, job, main, aux, slab, slot, latent, sums.Band0);
        OfferBand(p, job, main, aux, slab, slot + (2 * WarpSlab.Rows), latent, sums.Band1);
        OfferBand(p, job, main, aux, slab, slot + (4 * WarpSlab.Rows), latent, sums.Band2);
        OfferBand(p, job, main, aux, slab, slot + (6 * WarpSlab.Rows), latent, sums.Band3);
    }

    private static void OfferBand(
        Parameters p,
        TileJob job,
        ScreenState main,
        ScreenState aux,
        ArrayView<float> slab,
        int slot,
        int latent,
        WarpTile.WarpBand sums)
    {
        WarpSlab.StoreUpper(slab, sums);
        OfferSlab(p, job, main, aux, slab, slot, latent);
        WarpSlab.StoreLower(slab, sums);
        OfferSlab(p, job, main, aux, slab, slot + WarpSlab.Rows, latent);
    }

    // A lane has one latent, and goes through eight rows.
    private static void OfferSlab(
        Parameters p,
        TileJob job,
        ScreenState main,
        ScreenState aux,
        ArrayView<float> slab,
        int firstSlot,
        int latent)
    {
        Warp.Barrier();
        ScreeningLatents bounds = p.View.LatentBounds;
        int known = IntrinsicMath.Min(latent, bounds.Latents - 1);
        float bias = bounds.BEnc[known];
        float norm = bounds.Norms[known];
        float error = bounds.Errors[known];
        float partOfBias = ScreeningBound.PartOfBias(bounds.Bound, bias);
        int end = latent < job.EndLatent ? IntrinsicMath.Min(firstSlot + WarpSlab.Rows, job.Rows) : firstSlot;
        for (int slot = firstSlot; slot < end; slot++)
        {
            float approximate = WarpSlab.Sum(slab, slot - firstSlot) + bias;
            float radius = 0;
            int isTrusted = 1;
            if (bounds.Bound.IsExact != 0)
            {
                ScreeningRow row = ScreenState.RowOf(main, slot);
                radius = ScreeningBound.Radius(row.FactorOfNorm, row.FactorOfError, norm, error, partOfBias);
                if (!ScreeningBound.IsTrusted(approximate, radius))
                {
                    isTrusted = 0;
                    p.View.GivenUp[job.FirstRow + slot] = 1;
                }
            }

            ScreenedValue value = new()
            {
                Slot = slot,
                Latent = latent,
                Lower = approximate - radius,
                Upper = approximate + radius,
                IsTrusted = isTrusted,
            };
            TScreen.Offer(p.Main, job, value, main);
            if (p.HasAux != 0)
            {
                ScreenedLists.Offer(p.Aux, job, value, aux);
            }
        }

        Warp.Barrier();
    }

    internal struct Parameters
    {
        public ScreeningView View;
        public TScreen Main;
        public ScreenedLists Aux;
        public TileJob.Jobs Jobs;
        public int HasAux;
    }
}
