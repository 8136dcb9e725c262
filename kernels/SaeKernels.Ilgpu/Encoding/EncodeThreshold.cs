using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x where p &gt; max(θ, 0), by row, and 0 in a band below it; and the AuxK largest p
///            among flagged latents
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache, 60 bytes an entry → bound by FLOP
/// Launch     that of GroupTiles or LaneTiles with CandidatePool, or of ScreenedPools; then of PooledRows
/// Shared     that of these        Barriers  that of these
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Bricken et al. 2023; Rajamanoharan et al. 2024, §2
/// </summary>
internal sealed class EncodeThreshold(
    KernelDevice device,
    InputPanels inputPanels,
    ListedRows listedRows,
    PooledRows pooledRows,
    ScreenedEncoders? screening)
{
    private readonly Kernel<BoundParameters> boundKernel = new(device, StoreBounds);
    private readonly Kernel<BandParameters> bandKernel = new(device, ClearBand);
    private readonly TiledEncoder<CandidatePool> encoder = new(device);
    private readonly TiledEncoder<WithAux<CandidatePool>> auxEncoder = new(device);

    public void Run(in EncodeThresholdArguments arguments)
    {
        EncoderView view = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        Tiling tiling = Tiling.For(device, view, inputPanels);
        CandidatePool pool = CandidatePool.Create(
            device, "CandidatePool", view.Rows, arguments.Codes.Capacity, Bounds(arguments, view.Latents));
        pool.Length.MemSetToZero(device.Stream);
        pool.RowLengths.MemSetToZero(device.Stream);
        if (screening is not null && ScreenedPools.Suits(arguments))
        {
            this.encoder.Launch(view, tiling, screening.Pools.Fill(view, arguments.WEnc, pool, arguments.Aux));
        }
        else if (arguments.Aux is AuxSelection aux)
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
        if (arguments.Bandwidth > 0)
        {
            BandParameters parameters = new()
            {
                Codes = CodesView.Of(device, arguments.Codes),
                Threshold = device.View(arguments.Threshold!),
                Rows = view.Rows,
            };
            this.bandKernel.Launch(
                device.GroupsOfElements(arguments.Codes.Capacity), device.GroupSize, parameters);
        }
    }

    private ArrayView<uint> Bounds(in EncodeThresholdArguments arguments, int latents)
    {
        RealBuffer? threshold = arguments.Threshold;
        ArrayView<uint> bounds = device.Scratch.Order("EncodeThreshold.Bounds", latents).SubView(0, latents);
        BoundParameters parameters = new()
        {
            Threshold = threshold is null ? device.Scratch.Real("EncodeThreshold.None", 1) : device.View(threshold),
            HasThreshold = threshold is null ? 0 : 1,
            Bounds = bounds,
            HalfWidth = (float)(arguments.Bandwidth / 2),
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
                // What must be exceeded; only NaN exceeds infinity.
                bound = PreActivationOrder.Of(JumpGradients.CutOf(p.Threshold[latent]) - p.HalfWidth) + 1;
            }

            p.Bounds[latent] = bound;
        }
    }

    private static void ClearBand(BandParameters p)
    {
        int end = p.Codes.RowOffsets[p.Rows];
        for (int entry = (Grid.IdxX * Group.DimX) + Group.IdxX; entry < end; entry += Grid.DimX * Group.DimX)
        {
            if (p.Codes.Values[entry] <= JumpGradients.CutOf(p.Threshold[p.Codes.Indices[entry]]))
            {
                p.Codes.Values[entry] = 0;
            }
        }
    }

    internal struct BandParameters
    {
        public CodesView Codes;
        public ArrayView<float> Threshold;
        public int Rows;
    }

    internal struct BoundParameters
    {
        public ArrayView<float> Threshold;
        public ArrayView<uint> Bounds;
        public float HalfWidth;
        public int HasThreshold;
        public int Latents;
    }
}
