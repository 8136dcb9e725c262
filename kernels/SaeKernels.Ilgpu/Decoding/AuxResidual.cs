using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   e − ê with ê = Σ v · W_dec[i], the loss Σ‖e − ê‖² / Σ‖e − ē‖², and −2α / Σ‖e − ē‖²
/// Work       2 · entries · DOut + 26 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 4 · batch · DOut) bytes → bound by memory
/// Launch     that of ColumnSums; a group for 16 column means; then groups take rows in turns, threads take packs of
///            four columns in turns, twice; one group for each sum over rows
/// Shared     1.1 KiB        Barriers  2 a row, twice
/// Order      i ascending; columns in a fixed tree; rows in a fixed tree of two-float sums; deterministic
/// Error      e − ê: (k + 1) · 2⁻²⁴ · (|e| + Σ|v·w|); loss and scale: (DOut / 64 + 56) · 2⁻²⁴ of themselves more
/// Source     Gao et al. 2024, §2.4 and appendix A.2
/// </summary>
internal sealed class AuxResidual(KernelDevice device)
{
    private readonly ColumnSums columnSums = new(device);
    private readonly Kernel<Parameters> meanKernel = new(device, MeanOfColumns);
    private readonly PackKernel<Parameters> deviationKernel =
        new(device, DeviationsOfRows<Pack1>, DeviationsOfRows<Pack4>);

    private readonly Kernel<Parameters> varianceKernel = new(device, Variance);
    private readonly PackKernel<Parameters> residualKernel = new(device, DecodeRows<Pack1>, DecodeRows<Pack4>);
    private readonly Kernel<Parameters> lossKernel = new(device, Loss);

    public void Run(in AuxResidualArguments arguments)
    {
        int rows = arguments.Rows;
        int dOut = arguments.WDec.Columns;
        ArrayView<float> residuals = device.View(arguments.Residuals);
        Parameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.AuxCodes),
            WDec = device.View(arguments.WDec),
            Residuals = residuals,
            ColumnSums = this.columnSums.Launch(residuals, rows, dOut),
            Means = device.Scratch.Real("AuxResidual.Means", dOut),
            RowSquares = device.Scratch.Real("AuxResidual.RowSquares", rows),
            Variance = device.Scratch.Real("AuxResidual.Variance", 1),
            Loss = device.View(arguments.Loss.Buffer),
            LossIndex = arguments.Loss.Index,
            Scale = device.View(arguments.ResidualScale.Buffer),
            ScaleIndex = arguments.ResidualScale.Index,
            MinusTwiceCoefficient = (float)(-2 * arguments.Coefficient),
            Rows = rows,
            DOut = dOut,
        };
        this.meanKernel.Launch(Ilgpu.ColumnSums.Partials.Groups(device, dOut), device.GroupSize, parameters);
        this.deviationKernel.Launch(rows, dOut, parameters);
        this.varianceKernel.Launch(1, device.GroupSize, parameters);
        this.residualKernel.Launch(rows, dOut, parameters);
        this.lossKernel.Launch(1, device.GroupSize, parameters);
    }

    private static void MeanOfColumns(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int step = Ilgpu.ColumnSums.Partials.ColumnsOfGroup;
        for (int first = Grid.IdxX * step; first < p.DOut; first += Grid.DimX * step)
        {
            TwoFloat sum = Ilgpu.ColumnSums.Partials.Total(p.ColumnSums, first, shared);
            int d = first + Group.IdxX;
            if (Group.IdxX < step && d < p.DOut)
            {
                p.Means[d] = p.Rows == 0 ? 0 : TwoFloat.Mean(sum, p.Rows);
            }
        }
    }

    private static void DeviationsOfRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                TPack residual = TPack.Load(p.Residuals, ((long)row * p.DOut) + d);
                TPack deviation = TPack.Subtract(residual, TPack.Load(p.Means, d));
                squares = TPack.AddProducts(squares, deviation, deviation);
            }

            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                p.RowSquares[row] = squares;
            }
        }
    }

    /// <summary>Sums the deviations; a variance of 0 also stands for codes without entries.</summary>
    private static void Variance(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat sum = GroupReduction.SumOf(p.RowSquares, p.Rows, shared);
        if (Group.IdxX == 0)
        {
            bool hasEntries = p.Codes.RowOffsets[p.Rows] > p.Codes.RowOffsets[0];
            p.Variance[0] = hasEntries ? TwoFloat.Value(sum) : 0;
        }
    }

    private static void DecodeRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        bool isIdle = p.Variance[0] == 0;
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                TPack residual = TPack.Load(p.Residuals, ((long)row * p.DOut) + d);
                if (!isIdle)
                {
                    TPack decoded = CodesView.AddDecoded<TPack>(p.Codes, row, p.WDec, p.DOut, d, default);
                    residual = TPack.Subtract(residual, decoded);
                }

                TPack.Store(p.Residuals, (((long)p.Rows + row) * p.DOut) + d, residual);
                squares = TPack.AddProducts(squares, residual, residual);
            }

            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                p.RowSquares[row] = squares;
            }
        }
    }

    private static void Loss(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat left = GroupReduction.SumOf(p.RowSquares, p.Rows, shared);
        if (Group.IdxX == 0)
        {
            float variance = p.Variance[0];
            p.Loss[p.LossIndex] = variance == 0 ? 0 : TwoFloat.Value(left) / variance;
            p.Scale[p.ScaleIndex] = variance == 0 ? 0 : p.MinusTwiceCoefficient / variance;
        }
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<float> WDec;
        public ArrayView<float> Residuals;
        public ColumnSums.Partials ColumnSums;
        public ArrayView<float> Means;
        public ArrayView<float> RowSquares;
        public ArrayView<float> Variance;
        public ArrayView<float> Loss;
        public ArrayView<float> Scale;
        public int LossIndex;
        public int ScaleIndex;
        public float MinusTwiceCoefficient;
        public int Rows;
        public int DOut;
    }
}
