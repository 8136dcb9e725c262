using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ_r x[r, c] of every column c, as partial sums over blocks of rows
/// Work       8 · rows · columns FLOP
/// Traffic    4 · rows · columns bytes → bound by memory
/// Launch     one group a block of rows; threads take packs of four columns in turns; four rows in flight
/// Shared     none        Barriers  none
/// Order      rows ascending in a block; then blocks in a fixed tree (Partials.Total); deterministic
/// Error      u · |Σ| + rows² · u² · Σ|x|, u = 2⁻²⁴
/// Source     Ogita, Rump, Oishi 2005 (Dot2)
/// </summary>
internal sealed class ColumnSums(KernelDevice device)
{
    // Enough threads with four loads each to fill the memory pipe of a large GPU (bandwidth · latency ≈ 3 MB).
    private const int MostBlocks = 512;
    private readonly PackKernel<Parameters> kernel = new(device, SumBlock<Pack1>, SumBlock<Pack4>);

    /// <summary>Sums columns; <see cref="Partials.Total"/> adds the blocks up.</summary>
    public Partials Launch(ArrayView<float> matrix, int rows, int columns)
    {
        int blocks = Math.Min(device.Groups(rows), MostBlocks);
        Parameters parameters = new()
        {
            Matrix = matrix,
            Target = Partials.Of(device, "ColumnSums", blocks, columns),
            Rows = rows,
            Columns = columns,
        };
        this.kernel.Launch(blocks, columns, parameters);
        return parameters.Target;
    }

    /// <summary>Adds a row's numbers to two-float sums; called in kernels.</summary>
    public static void Add<TPack>(TPack terms, ref TPack high, ref TPack low)
        where TPack : unmanaged, IPack<TPack>
    {
        low = TPack.Map(default(SumError), high, terms, low);
        high = TPack.AddScaled(high, 1, terms);
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
            Add(a, ref high, ref low);
            Add(b, ref high, ref low);
            Add(c, ref high, ref low);
            Add(d, ref high, ref low);
        }

        for (; row < end; row++)
        {
            Add(TPack.Load(p.Matrix, ((long)row * p.Columns) + column), ref high, ref low);
        }

        TPack.Store(p.Target.High, target, high);
        TPack.Store(p.Target.Low, target, low);
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

        /// <summary>Takes memory of a name for the sums.</summary>
        public static Partials Of(KernelDevice device, string name, int blocks, int columns) => new()
        {
            High = device.Scratch.Real($"{name}.High", (long)blocks * columns),
            Low = device.Scratch.Real($"{name}.Low", (long)blocks * columns),
            Blocks = blocks,
            Columns = columns,
        };

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
        public Partials Target;
        public int Rows;
        public int Columns;
    }

    /// <summary>Adds the rounding error of a + b to c.</summary>
    private readonly struct SumError : IPackFunction
    {
        public float Of(float a, float b, float c) => TwoFloat.Add(new TwoFloat(a, c), b).Low;
    }
}
