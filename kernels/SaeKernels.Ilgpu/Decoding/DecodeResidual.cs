using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   e = y − x̂, ‖e‖² of each row, and its mean over the batch
/// Work       2 · entries · DOut + 3 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 2 · batch · DOut) bytes → bound by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns; one group for the mean
/// Shared     1.1 KiB        Barriers  2 a row
/// Order      i ascending; columns in a fixed tree; rows in a fixed tree of two-float sums; deterministic
/// Error      e: (k + 2) · 2⁻²⁴ · (|y| + |b| + Σ|v·w|); ‖e‖²: (DOut / 128 + 26) · 2⁻²⁴ · ‖e‖² more;
///            the mean: one rounding more
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal sealed class DecodeResidual(KernelDevice device)
{
    private readonly PackKernel<Parameters> rowKernel = new(device, DecodeRows<Pack1>, DecodeRows<Pack4>);
    private readonly Kernel<MeanParameters> meanKernel = new(device, MeanOfRows);

    public void Run(in DecodeResidualArguments arguments)
    {
        Parameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            WDec = device.View(arguments.WDec),
            BDec = device.View(arguments.BDec),
            Targets = device.View(arguments.Targets),
            Residuals = device.View(arguments.Residuals),
            RowSquaredErrors = device.View(arguments.RowSquaredErrors),
            Rows = arguments.Targets.Rows,
            DOut = arguments.WDec.Columns,
        };
        this.rowKernel.Launch(parameters.Rows, parameters.DOut, parameters);
        MeanParameters mean = new()
        {
            RowSquaredErrors = parameters.RowSquaredErrors,
            Mean = device.View(arguments.MeanSquaredError.Buffer),
            MeanIndex = arguments.MeanSquaredError.Index,
            Rows = parameters.Rows,
        };
        this.meanKernel.Launch(1, device.GroupSize, mean);
    }

    private static void DecodeRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                long place = ((long)row * p.DOut) + d;
                TPack decoded = CodesView.AddDecoded(p.Codes, row, p.WDec, p.DOut, d, TPack.Load(p.BDec, d));
                TPack residual = TPack.Subtract(TPack.Load(p.Targets, place), decoded);
                TPack.Store(p.Residuals, place, residual);
                squares = TPack.AddProducts(squares, residual, residual);
            }

            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                p.RowSquaredErrors[row] = squares;
            }
        }
    }

    private static void MeanOfRows(MeanParameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat sum = GroupReduction.SumOf(p.RowSquaredErrors, p.Rows, shared);
        if (Group.IdxX == 0)
        {
            p.Mean[p.MeanIndex] = p.Rows == 0 ? 0 : TwoFloat.Mean(sum, p.Rows);
        }
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<float> WDec;
        public ArrayView<float> BDec;
        public ArrayView<float> Targets;
        public ArrayView<float> Residuals;
        public ArrayView<float> RowSquaredErrors;
        public int Rows;
        public int DOut;
    }

    internal struct MeanParameters
    {
        public ArrayView<float> RowSquaredErrors;
        public ArrayView<float> Mean;
        public int MeanIndex;
        public int Rows;
    }
}
