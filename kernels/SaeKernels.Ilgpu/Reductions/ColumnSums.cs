using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ_r w[r] · x[r, c] of every column c, as partial sums over blocks of rows; w is 1 where there is none
/// Work       17 · rows · columns FLOP
/// Traffic    4 · rows · columns bytes → bound by memory
/// Launch     one group a block of rows; threads take packs of four columns in turns; four rows in flight
/// Shared     none        Barriers  none
/// Order      rows ascending in a block; then blocks in a fixed tree (Partials.Total); deterministic
/// Error      u · |Σ| + rows² · u² · Σ|w·x|, u = 2⁻²⁴
/// Source     Ogita, Rump, Oishi 2005 (Dot2)
/// </summary>
internal sealed class ColumnSums(KernelDevice device)
{
    // Enough threads with four loads each to fill the memory pipe of a large GPU (bandwidth · latency ≈ 3 MB).
    private const int MostBlocks = 512;
    private readonly PackKernel<Parameters> kernel = new(device, SumBlock<Pack1>, SumBlock<Pack4>);

    /// <summary>Sums columns; <see cref="Partials.Total"/> adds the blocks up.</summary>
    public Partials Launch(ArrayView<float> matrix, int rows, int columns) =>
        Launch(new Parameters { Matrix = matrix, Weights = matrix, Rows = rows, Columns = columns });

    /// <summary>Sums columns with a weight for every row.</summary>
    public Partials LaunchWeighted(ArrayView<float> matrix, ArrayView<float> weights, int rows, int columns) =>
        Launch(new Parameters { Matrix = matrix, Weights = weights, Rows = rows, Columns = columns, IsWeighted = 1 });

    private Partials Launch(Parameters parameters)
    {
        int blocks = Math.Min(device.Groups(parameters.Rows), MostBlocks);
        long length = (long)blocks * parameters.Columns;
        parameters.Target = new Partials
        {
            High = device.Scratch.Real("ColumnSums.High", length),
            Low = device.Scratch.Real("ColumnSums.Low", length),
            Blocks = blocks,
            Columns = parameters.Columns,
        };
        this.kernel.Launch(blocks, parameters.Columns, parameters);
        return parameters.Target;
    }

    private static void SumBlock<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        for (int block = Grid.IdxX; block < p.Target.Blocks; block += Grid.DimX)
        {
            int first = (int)((long)p.Rows * block / p.Target.Blocks);
            int end = (int)((long)p.Rows * (block + 1) / p.Target.Blocks);
            for (int column = Group.IdxX * TPack.Width; column < p.Columns; column += Group.DimX * TPack.Width)
            {
                SumColumns<TPack>(p, first, end, column, ((long)block * p.Columns) + column);
            }
        }
    }

    private static void SumColumns<TPack>(Parameters p, int first, int end, int column, long target)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack high = default;
        TPack low = default;
        int row = first;
        for (; row + 3 < end; row += 4)
        {
            TPack a = TPack.Load(p.Matrix, ((long)row * p.Columns) + column);
            TPack b = TPack.Load(p.Matrix, (((long)row + 1) * p.Columns) + column);
            TPack c = TPack.Load(p.Matrix, (((long)row + 2) * p.Columns) + column);
            TPack d = TPack.Load(p.Matrix, (((long)row + 3) * p.Columns) + column);
            Add(p, row, a, ref high, ref low);
            Add(p, row + 1, b, ref high, ref low);
            Add(p, row + 2, c, ref high, ref low);
            Add(p, row + 3, d, ref high, ref low);
        }

        for (; row < end; row++)
        {
            Add(p, row, TPack.Load(p.Matrix, ((long)row * p.Columns) + column), ref high, ref low);
        }

        TPack.Store(p.Target.High, target, high);
        TPack.Store(p.Target.Low, target, low);
    }

    private static void Add<TPack>(Parameters p, int row, TPack values, ref TPack high, ref TPack low)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack terms = values;
        if (p.IsWeighted != 0)
        {
            float weight = p.Weights[row];
            terms = TPack.AddScaled(default, weight, values);
            low = TPack.Map(new ProductError { Weight = weight }, values, terms, low);
        }

        low = TPack.Map(default(SumError), high, terms, low);
        high = TPack.AddScaled(high, 1, terms);
    }

    /// <summary>The sums of the blocks, [blocks, columns].</summary>
    internal struct Partials
    {
        /// <summary>Columns that a group adds up at once, a thread for each and for each share of the blocks.</summary>
        public const int ColumnsOfGroup = GroupReduction.Width;

        public ArrayView<float> High;
        public ArrayView<float> Low;
        public int Blocks;
        public int Columns;

        /// <summary>Groups for all columns, <see cref="ColumnsOfGroup"/> at once.</summary>
        public static int Groups(KernelDevice device, int columns) =>
            device.Groups(((long)columns + ColumnsOfGroup - 1) / ColumnsOfGroup);

        /// <summary>
        /// Adds the blocks of <see cref="ColumnsOfGroup"/> columns up; called in kernels by all threads of a group
        /// together. A thread gets the sum of column first + (thread mod <see cref="ColumnsOfGroup"/>).
        /// </summary>
        /// <param name="partials">The sums of the blocks.</param>
        /// <param name="first">The first of the columns.</param>
        /// <param name="shared">Shared memory of a reduction.</param>
        public static TwoFloat Total(Partials partials, int first, ArrayView<float> shared)
        {
            int lane = Group.IdxX % ColumnsOfGroup;
            int column = first + lane;
            int shares = Group.DimX / ColumnsOfGroup;
            int lows = Group.DimX;
            TwoFloat sum = default;
            if (column < partials.Columns)
            {
                for (int block = Group.IdxX / ColumnsOfGroup; block < partials.Blocks; block += shares)
                {
                    long source = ((long)block * partials.Columns) + column;
                    sum = TwoFloat.Add(sum, new TwoFloat(partials.High[source], partials.Low[source]));
                }
            }

            shared[Group.IdxX] = sum.High;
            shared[lows + Group.IdxX] = sum.Low;
            GroupBarrier.Wait();
            TwoFloat total = default;
            for (int i = lane; i < lows; i += ColumnsOfGroup)
            {
                total = TwoFloat.Add(total, new TwoFloat(shared[i], shared[lows + i]));
            }

            GroupBarrier.Wait();
            return total;
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Matrix;
        public ArrayView<float> Weights;
        public Partials Target;
        public int Rows;
        public int Columns;
        public int IsWeighted;
    }

    /// <summary>Adds the rounding error of a + b to c.</summary>
    private readonly struct SumError : IPackFunction
    {
        public float Of(float a, float b, float c) => TwoFloat.Add(new TwoFloat(a, c), b).Low;
    }

    /// <summary>Adds the rounding error of weight · a = b to c.</summary>
    private struct ProductError : IPackFunction
    {
        public float Weight;

        public readonly float Of(float a, float b, float c) => c + Fma(this.Weight, a, -b);
    }
}
