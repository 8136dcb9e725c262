using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the batch · K largest positive p of the batch, and the AuxK largest among flagged
///            latents of each row
/// Work       2.2 · batch · DSae · DIn FLOP; 7 times that where the first rows are unlike the others
/// Traffic    8 · batch · DSae · DIn / 128 bytes from the cache, 80 bytes a candidate → bound by FLOP
/// Launch     that of GroupTiles or LaneTiles: for a sixteenth of the rows with RowLists, then for all with
///            CandidatePool; of PoolRepair, OrderSelect and PooledRows
/// Shared     that of these        Barriers  that of these
/// Order      d ascending from b_enc, fused multiply-adds; deterministic, bits equal to a scalar loop
/// Error      the canonical pre-activation exactly; against exact arithmetic (DIn + 1) · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Bussmann et al. 2024, §3
/// </summary>
/// <remarks>
/// The first rows tell roughly where the cut lies: above what order there are twice as many as are wanted. All of these
/// go into the pool, and the exact cut is found there. A pool that overflows or falls short is repaired.
/// </remarks>
internal sealed class EncodeBatchTopK(
    KernelDevice device,
    InputPanels inputPanels,
    ListedRows listedRows,
    PooledRows pooledRows,
    ScreenedEncoders? screening)
{
    // Where rows differ in their entries by 70 %, as in a sparse dictionary, a sample of 32 rows is off by 12 % (one
    // standard deviation). It aims at twice what is wanted, so that half as many or twice as many do no harm.
    private const int SampledShare = 16;
    private const int AimedFactor = 2;
    private const int ListedFactor = 3;
    private const int PoolFactor = 4;
    private readonly TiledEncoder<RowLists> sampler = new(device);
    private readonly TiledEncoder<CandidatePool> encoder = new(device);
    private readonly TiledEncoder<WithAux<CandidatePool>> auxEncoder = new(device);
    private readonly OrderSelect<ListOrders> sampleSelect = new(device);
    private readonly OrderSelect<PoolOrders> poolSelect = new(device);
    private readonly Kernel<Parameters> boundKernel = new(device, StoreBound);
    private readonly Kernel<Parameters> cutKernel = new(device, StoreCut);
    private readonly PoolRepair poolRepair = new(device);

    public void Run(in EncodeBatchTopKArguments arguments)
    {
        EncoderView view = EncoderView.Of(device, arguments.Input, arguments.WEnc, arguments.BEnc);
        Tiling tiling = Tiling.For(device, view, inputPanels);
        int wanted = view.Rows * arguments.K;
        bool screens = screening is not null && ScreenedTopK.Suits(arguments.WEnc, arguments.K, arguments.Aux);
        CandidatePool pool = CandidatePool.Create(
            device,
            "CandidatePool",
            view.Rows,
            Capacity(view, wanted),
            device.Scratch.Order("EncodeBatchTopK.Bound", 1));
        Parameters parameters = new()
        {
            Pool = pool,
            Sample = Sample(view, tiling, arguments.WEnc, arguments.K, screens ? screening : null),
            Cut = device.View(arguments.Cut.Buffer),
            CutIndex = arguments.Cut.Index,
        };
        this.boundKernel.Launch(1, 1, parameters);
        if (screens)
        {
            this.encoder.Launch(view, tiling, screening!.Pools.Fill(view, arguments.WEnc, pool, arguments.Aux));
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

        CandidatePool repaired = this.poolRepair.Launch(view, tiling, pool, wanted);
        this.encoder.Launch(view, tiling, repaired);
        parameters.Selection = this.poolSelect.Launch(
            "EncodeBatchTopK.Cut", new PoolOrders { Pool = pool }, wanted, pool.Keys.Length);
        this.cutKernel.Launch(1, 1, parameters);
        pooledRows.StoreCut(pool, parameters.Selection, view.Rows, view.Latents, arguments.Codes);
    }

    /// <summary>A repaired pool holds what lies above the cut, and all ties of one row more than it needs.</summary>
    private static int Capacity(in EncoderView view, int wanted)
    {
        long most = Math.Max((long)PoolFactor * wanted, (long)wanted + view.Latents);
        return (int)Math.Clamp(Math.Min(most, (long)view.Rows * view.Latents), 1, int.MaxValue / 2);
    }

    /// <summary>Estimates, from the first rows, above which order lie twice as many as are wanted.</summary>
    private OrderSelection Sample(
        in EncoderView view, in Tiling whole, RealMatrix wEnc, int k, ScreenedEncoders? screened)
    {
        int rows = Math.Min(view.Rows, Math.Max(whole.LeastRows, view.Rows / SampledShare));
        EncoderView sampled = view with { Rows = rows };
        int listed = (int)Math.Min((long)ListedFactor * k, view.Latents);
        RowLists lists = screened?.TopK.Estimate(sampled, wEnc, listed) ?? ListSample(sampled, whole, listed);
        int rank = (int)Math.Min((long)AimedFactor * k * rows, int.MaxValue);
        return this.sampleSelect.Launch(
            "EncodeBatchTopK.Sample",
            new ListOrders { Candidates = new ListCandidates { Lists = lists } },
            rank,
            (long)rows * listed);
    }

    private RowLists ListSample(in EncoderView sampled, in Tiling whole, int listed)
    {
        Tiling tiling = whole.ForFirstRows(device, sampled);
        RowLists lists = RowLists.Create(device, "EncodeBatchTopK", sampled.Rows, listed, tiling);
        this.sampler.Launch(sampled, tiling, lists);
        return lists;
    }

    private static void StoreBound(Parameters p)
    {
        uint order = p.Sample.Order[0];
        p.Pool.Bounds[0] = order > PreActivationOrder.SmallestPositive ? order : PreActivationOrder.SmallestPositive;
        p.Pool.Length[0] = 0;
    }

    private static void StoreCut(Parameters p)
    {
        float cut = 0;
        if (p.Pool.Length[0] > 0)
        {
            cut = PreActivationOrder.ClippedValue(p.Selection.Order[0]);
        }

        p.Cut[p.CutIndex] = cut;
    }

    internal struct Parameters
    {
        public CandidatePool Pool;
        public OrderSelection Sample;
        public OrderSelection Selection;
        public ArrayView<float> Cut;
        public int CutIndex;
    }
}
