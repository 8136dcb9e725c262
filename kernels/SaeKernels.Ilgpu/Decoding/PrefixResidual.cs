using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   e[p] = y − b_dec − Σ v · W_dec[i] over the latents of each prefix p; Σ w · e[p] over the prefixes that
///            hold a group; ‖e‖² of the last one and Σ w · ‖e[p]‖² of each row, and their means
/// Work       2 · entries · DOut + 6 · prefixes · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + (3 · prefixes − 1) · batch · DOut) bytes, half of the latter from the cache → bound
///            by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns, from prefix to prefix and back;
///            one group for the means
/// Shared     1.1 KiB        Barriers  4 a row
/// Order      i ascending; prefixes from the last to the first; columns in a fixed tree; rows in a fixed tree of
///            two-float sums; deterministic
/// Error      e: (k + 2) · 2⁻²⁴ · (|y| + |b| + Σ|v·w|) of each prefix, and a rounding for each that is added; squares:
///            (DOut / 128 + 26) · 2⁻²⁴ of themselves more; means: one rounding more
/// Source     Bussmann et al. 2025, §3; one pass with snapshots and suffix sums in the place of a pass a prefix
/// </summary>
internal sealed class PrefixResidual(KernelDevice device)
{
    private readonly PackKernel<Parameters> rowKernel = new(device, DecodeRows<Pack1>, DecodeRows<Pack4>);
    private readonly Kernel<MeanParameters> meanKernel = new(device, MeansOfRows);

    public void Run(in PrefixResidualArguments arguments)
    {
        Parameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            WDec = device.View(arguments.WDec),
            BDec = device.View(arguments.BDec),
            Targets = device.View(arguments.Targets),
            Residuals = device.View(arguments.Residuals),
            Ends = device.View(arguments.Prefixes.Ends)
                .SubView(arguments.Prefixes.FirstEnd, arguments.Prefixes.Count),
            Weights = device.View(arguments.Weights),
            RowSquaredErrors = device.View(arguments.RowSquaredErrors),
            RowLosses = device.View(arguments.RowLosses),
            Prefixes = arguments.Prefixes.Count,
            FirstBlock = arguments.Prefixes.FirstBlock,
            Rows = arguments.Targets.Rows,
            DOut = arguments.WDec.Columns,
        };
        this.rowKernel.Launch(parameters.Rows, parameters.DOut, parameters);
        MeanParameters means = new()
        {
            RowSquaredErrors = parameters.RowSquaredErrors,
            RowLosses = parameters.RowLosses,
            MeanSquaredError = SlotOf(arguments.MeanSquaredError),
            MeanLoss = SlotOf(arguments.MeanLoss),
            Rows = parameters.Rows,
        };
        this.meanKernel.Launch(1, device.GroupSize, means);
    }

    private ArrayView<float> SlotOf(ScalarSlot slot) => device.View(slot.Buffer).SubView(slot.Index, 1);

    private static void DecodeRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            float losses = 0;
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                Decode<TPack>(p, row, d);
                TPack sum = TPack.Load(p.Residuals, PlaceOf(p, p.Prefixes - 1, row, d));
                squares = TPack.AddProducts(squares, sum, sum);
                for (int prefix = p.Prefixes - 2; prefix >= 0; prefix--)
                {
                    // The thread's own numbers, from a moment ago.
                    long place = PlaceOf(p, prefix, row, d);
                    TPack left = TPack.Load(p.Residuals, place);
                    losses = Fma(p.Weights[prefix], TPack.AddProducts(0, left, left), losses);
                    sum = TPack.AddScaled(sum, p.Weights[prefix], left);
                    TPack.Store(p.Residuals, place, sum);
                }
            }

            squares = GroupReduction.Sum(shared, squares);
            losses = GroupReduction.Sum(shared, losses);
            if (Group.IdxX == 0)
            {
                p.RowSquaredErrors[row] = squares;
                p.RowLosses[row] = squares + losses;
            }
        }
    }

    /// <summary>Stores what each prefix leaves of a pack of columns.</summary>
    private static void Decode<TPack>(Parameters p, int row, int d)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack target = TPack.Load(p.Targets, ((long)row * p.DOut) + d);
        TPack decoded = TPack.Load(p.BDec, d);
        int entry = p.Codes.RowOffsets[row];
        for (int prefix = 0; prefix < p.Prefixes; prefix++)
        {
            int end = CodesView.EndOf(p.Codes, row, entry, p.Ends[prefix]);
            decoded = CodesView.AddDecoded(p.Codes, entry, end, p.WDec, p.DOut, d, decoded);
            TPack.Store(p.Residuals, PlaceOf(p, prefix, row, d), TPack.Subtract(target, decoded));
            entry = end;
        }
    }

    private static long PlaceOf(Parameters p, int prefix, int row, int d)
    {
        int block = prefix == p.Prefixes - 1 ? 0 : p.FirstBlock + p.Prefixes - 2 - prefix;
        return ((((long)block * p.Rows) + row) * p.DOut) + d;
    }

    private static void MeansOfRows(MeanParameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat squares = GroupReduction.SumOf(p.RowSquaredErrors, p.Rows, shared);
        TwoFloat losses = GroupReduction.SumOf(p.RowLosses, p.Rows, shared);
        if (Group.IdxX == 0)
        {
            p.MeanSquaredError[0] = p.Rows == 0 ? 0 : TwoFloat.Mean(squares, p.Rows);
            p.MeanLoss[0] = p.Rows == 0 ? 0 : TwoFloat.Mean(losses, p.Rows);
        }
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<float> WDec;
        public ArrayView<float> BDec;
        public ArrayView<float> Targets;
        public ArrayView<float> Residuals;
        public ArrayView<int> Ends;
        public ArrayView<float> Weights;
        public ArrayView<float> RowSquaredErrors;
        public ArrayView<float> RowLosses;
        public int Prefixes;
        public int FirstBlock;
        public int Rows;
        public int DOut;
    }

    internal struct MeanParameters
    {
        public ArrayView<float> RowSquaredErrors;
        public ArrayView<float> RowLosses;
        public ArrayView<float> MeanSquaredError;
        public ArrayView<float> MeanLoss;
        public int Rows;
    }
}
