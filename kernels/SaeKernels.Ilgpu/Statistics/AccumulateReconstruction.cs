using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ‖y − ŷ‖², Σ‖ŷ‖², Σ⟨y, ŷ⟩, cosines and ratios of lengths over vectors, their mean and Σ‖y − ȳ‖²
/// Work       80 FLOP an element
/// Traffic    16 bytes an element, and 48 a column and 64 rows → bound by memory
/// Launch     a group a row; then threads take a column of 64 rows each, and columns
/// Shared     3.1 KiB        Barriers  8 a row
/// Order      a fixed tree over a row, rows ascending in a column; deterministic
/// Error      D · 2⁻⁴⁶ of each sum over a vector
/// Source     two-float sums: Ogita, Rump, Oishi 2005; means of batches: Chan, Golub, LeVeque 1983
/// </summary>
internal sealed class AccumulateReconstruction(KernelDevice device)
{
    private const int RowsOfABlock = 64;
    private const int PartialsOfAColumn = 4;
    private readonly Kernel<Parameters> rowKernel = new(device, SumRows);
    private readonly Kernel<Parameters> blockKernel = new(device, SumBlocks);
    private readonly Kernel<Parameters> meanKernel = new(device, FindMeans);
    private readonly Kernel<Parameters> centeredKernel = new(device, SumCenteredBlocks);
    private readonly Kernel<Parameters> columnKernel = new(device, SumColumns);

    public void Run(in AccumulateReconstructionArguments arguments)
    {
        arguments.Validate();
        IlgpuReconstructionStatistics statistics =
            arguments.Statistics as IlgpuReconstructionStatistics ?? throw new ArgumentException(
                $"AccumulateReconstruction: Statistics must be made by the backend of {device.Description.Id}, but is "
                + $"a {arguments.Statistics.GetType().Name}. "
                + "Call CreateReconstructionStatistics of the backend that uses it.");
        int rows = arguments.Targets.Rows;
        if (rows == 0)
        {
            return;
        }

        int blocks = (rows + RowsOfABlock - 1) / RowsOfABlock;
        Parameters parameters = new()
        {
            Targets = device.ViewUnchanged(arguments.Targets),
            Reconstructions = device.ViewUnchanged(arguments.Reconstruction),
            RowSums = device.View(statistics.RowSumsFor(rows)),
            ColumnSums = device.View(statistics.ColumnSums),
            Partials = device.Scratch.Real(
                "AccumulateReconstruction.Partials", (long)blocks * PartialsOfAColumn * statistics.Width),
            Rows = rows,
            Blocks = blocks,
            Stride = arguments.Targets.Columns,
            FirstColumn = arguments.FirstColumn,
            Width = statistics.Width,
        };
        int blockGroups = device.GroupsOfElements(checked(blocks * statistics.Width));
        int columnGroups = device.GroupsOfElements(statistics.Width);
        this.rowKernel.Launch(device.Groups(rows), device.GroupSize, parameters);
        this.blockKernel.Launch(blockGroups, device.GroupSize, parameters);
        this.meanKernel.Launch(columnGroups, device.GroupSize, parameters);
        this.centeredKernel.Launch(blockGroups, device.GroupSize, parameters);
        this.columnKernel.Launch(columnGroups, device.GroupSize, parameters);
        statistics.AddBatch(rows);
    }

    private static void SumRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            TwoFloat squaredError = default;
            TwoFloat squaredTarget = default;
            TwoFloat squaredReconstruction = default;
            TwoFloat product = default;
            long start = ((long)row * p.Stride) + p.FirstColumn;
            for (int column = Group.IdxX; column < p.Width; column += Group.DimX)
            {
                float target = p.Targets[start + column];
                float reconstruction = p.Reconstructions[start + column];
                squaredError = AddSquare(squaredError, TwoFloat.Add(new TwoFloat(target, 0), -reconstruction));
                squaredTarget = TwoFloat.AddProduct(squaredTarget, target, target);
                squaredReconstruction = TwoFloat.AddProduct(squaredReconstruction, reconstruction, reconstruction);
                product = TwoFloat.AddProduct(product, target, reconstruction);
            }

            StoreRow(p, row, 0, GroupReduction.Sum(shared, squaredError));
            StoreRow(p, row, 2, GroupReduction.Sum(shared, squaredTarget));
            StoreRow(p, row, 4, GroupReduction.Sum(shared, squaredReconstruction));
            StoreRow(p, row, 6, GroupReduction.Sum(shared, product));
        }
    }

    private static void StoreRow(Parameters p, int row, int place, TwoFloat sum)
    {
        if (Group.IdxX == 0)
        {
            long index = ((long)row * IlgpuReconstructionStatistics.NumbersOfARow) + place;
            p.RowSums[index] = sum.High;
            p.RowSums[index + 1] = sum.Low;
        }
    }

    /// <summary>Adds the square of a pair.</summary>
    private static TwoFloat AddSquare(TwoFloat sum, TwoFloat value)
    {
        TwoFloat next = TwoFloat.AddProduct(sum, value.High, value.High);
        return new TwoFloat(next.High, Fma(2 * value.High, value.Low, next.Low));
    }

    private static void SumBlocks(Parameters p)
    {
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Blocks * p.Width; i += Grid.DimX * Group.DimX)
        {
            int block = i / p.Width;
            int column = i - (block * p.Width);
            int end = IntrinsicMath.Min((block + 1) * RowsOfABlock, p.Rows);
            TwoFloat sum = default;
            for (int row = block * RowsOfABlock; row < end; row++)
            {
                sum = TwoFloat.Add(sum, p.Targets[((long)row * p.Stride) + p.FirstColumn + column]);
            }

            StorePartial(p, block, 0, column, sum);
        }
    }

    private static void FindMeans(Parameters p)
    {
        for (int column = (Grid.IdxX * Group.DimX) + Group.IdxX; column < p.Width; column += Grid.DimX * Group.DimX)
        {
            p.ColumnSums[column] = TwoFloat.Mean(SumPartials(p, 0, column), p.Rows);
        }
    }

    private static void SumCenteredBlocks(Parameters p)
    {
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Blocks * p.Width; i += Grid.DimX * Group.DimX)
        {
            int block = i / p.Width;
            int column = i - (block * p.Width);
            int end = IntrinsicMath.Min((block + 1) * RowsOfABlock, p.Rows);
            float mean = p.ColumnSums[column];
            TwoFloat sum = default;
            TwoFloat squares = default;
            for (int row = block * RowsOfABlock; row < end; row++)
            {
                float target = p.Targets[((long)row * p.Stride) + p.FirstColumn + column];
                TwoFloat distance = TwoFloat.Add(new TwoFloat(target, 0), -mean);
                sum = TwoFloat.Add(sum, distance);
                squares = AddSquare(squares, distance);
            }

            StorePartial(p, block, 0, column, sum);
            StorePartial(p, block, 2, column, squares);
        }
    }

    private static void SumColumns(Parameters p)
    {
        for (int column = (Grid.IdxX * Group.DimX) + Group.IdxX; column < p.Width; column += Grid.DimX * Group.DimX)
        {
            TwoFloat sum = SumPartials(p, 0, column);
            TwoFloat squares = SumPartials(p, 2, column);
            p.ColumnSums[p.Width + column] = sum.High;
            p.ColumnSums[(2 * p.Width) + column] = sum.Low;
            p.ColumnSums[(3 * p.Width) + column] = squares.High;
            p.ColumnSums[(4 * p.Width) + column] = squares.Low;
        }
    }

    private static void StorePartial(Parameters p, int block, int place, int column, TwoFloat sum)
    {
        long index = ((((long)block * PartialsOfAColumn) + place) * p.Width) + column;
        p.Partials[index] = sum.High;
        p.Partials[index + p.Width] = sum.Low;
    }

    private static TwoFloat SumPartials(Parameters p, int place, int column)
    {
        TwoFloat sum = default;
        for (int block = 0; block < p.Blocks; block++)
        {
            long index = ((((long)block * PartialsOfAColumn) + place) * p.Width) + column;
            sum = TwoFloat.Add(sum, new TwoFloat(p.Partials[index], p.Partials[index + p.Width]));
        }

        return sum;
    }

    internal struct Parameters
    {
        public ArrayView<float> Targets;
        public ArrayView<float> Reconstructions;
        public ArrayView<float> RowSums;
        public ArrayView<float> ColumnSums;
        public ArrayView<float> Partials;
        public int Rows;
        public int Blocks;
        public int Stride;
        public int FirstColumn;
        public int Width;
    }
}
