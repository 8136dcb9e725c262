using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x where p &gt; max(θ, 0), by row; and the AuxK largest p among flagged latents
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache, 60 bytes an entry → bound by FLOP
/// Launch     that of GroupTiles or LaneTiles with CandidatePool; then of PooledRows
/// Shared     that of these        Barriers  that of these
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Bricken et al. 2023; Rajamanoharan et al. 2024, §2
/// </summary>
internal sealed class EncodeThreshold(
    KernelDevice device, InputPanels inputPanels, ListedRows listedRows, PooledRows pooledRows)
{
    private readonly Kernel<BoundParameters> boundKernel = new(device, StoreBounds);
    private readonly TiledEncoder<CandidatePool> encoder = new(device);
    private readonly TiledEncoder<WithAux<CandidatePool>> auxEncoder = new(device);

    public void Run(in EncodeThresholdArguments arguments)
    {
        EncoderView view = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        Tiling tiling = Tiling.For(device, view, inputPanels);
        CandidatePool pool = CandidatePool.Create(
            device, "CandidatePool", view.Rows, arguments.Codes.Capacity, Bounds(arguments.Threshold, view.Latents));
        pool.Length.MemSetToZero(device.Stream);
        pool.RowLengths.MemSetToZero(device.Stream);
        if (arguments.Aux is AuxSelection aux)
        {
            RowLists auxLists = RowLists.Create(device, "Aux", view.Rows, aux, tiling);
            this.auxEncoder.Launch(view, tiling, new WithAux<CandidatePool> { Main = pool, Aux = auxLists });
            listedRows.Store("Aux", auxLists, view.Latents, aux.Codes);
        }
        else
        {
            this.encoder.Launch(view, tiling, pool);
        }

        pooledRows.StoreAll(pool, view.Rows, view.Latents, arguments.Codes);
    }

    private ArrayView<uint> Bounds(RealBuffer? threshold, int latents)
    {
        ArrayView<uint> bounds = device.Scratch.Order("EncodeThreshold.Bounds", latents).SubView(0, latents);
        BoundParameters parameters = new()
        {
            Threshold = threshold is null ? device.Scratch.Real("EncodeThreshold.None", 1) : device.View(threshold),
            HasThreshold = threshold is null ? 0 : 1,
            Bounds = bounds,
            Latents = latents,
        };
        this.boundKernel.Launch(device.GroupsOfElements(latents), device.GroupSize, parameters);
        return bounds;
    }

    private static void StoreBounds(BoundParameters p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            uint bound = PreActivationOrder.SmallestPositive;
            if (p.HasThreshold != 0)
            {
                // What must be exceeded; a threshold of NaN has the order of NaN, which only NaN reaches.
                uint order = PreActivationOrder.Of(p.Threshold[latent]);
                uint above = order == PreActivationOrder.NotANumber ? order : order + 1;
                bound = above > bound ? above : bound;
            }

            p.Bounds[latent] = bound;
        }
    }

    internal struct BoundParameters
    {
        public ArrayView<float> Threshold;
        public ArrayView<uint> Bounds;
        public int HasThreshold;
        public int Latents;
    }
}
