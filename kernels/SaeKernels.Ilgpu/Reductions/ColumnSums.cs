using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ_r w[r] · x[r, c] of every column c, as partial sums over blocks of rows; w is 1 where there is none
/// Work       17 · rows · columns FLOP
/// Traffic    4 · rows · columns bytes → bound by memory
/// Launch     one group a block of rows; threads take columns in turns
/// Shared     none        Barriers  none
/// Order      rows ascending in a block, then blocks ascending; deterministic
/// Error      u · |Σ| + rows² · u² · Σ|w·x|, u = 2⁻²⁴
/// Source     Ogita, Rump, Oishi 2005 (Dot2)
/// </summary>
internal sealed class ColumnSums(KernelDevice device)
{
    private const int MostBlocks = 128;
    private readonly Kernel<Parameters> kernel = new(device, SumBlock);

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
        this.kernel.Launch(blocks, device.GroupSize, parameters);
        return parameters.Target;
    }

    private static void SumBlock(Parameters p)
    {
        int block = Grid.IdxX;
        int first = (int)((long)p.Rows * block / p.Target.Blocks);
        int end = (int)((long)p.Rows * (block + 1) / p.Target.Blocks);
        for (int column = Group.IdxX; column < p.Columns; column += Group.DimX)
        {
            TwoFloat sum = default;
            for (int row = first; row < end; row++)
            {
                float value = p.Matrix[((long)row * p.Columns) + column];
                sum = p.IsWeighted != 0 ? TwoFloat.AddProduct(sum, p.Weights[row], value) : TwoFloat.Add(sum, value);
            }

            long target = ((long)block * p.Columns) + column;
            p.Target.High[target] = sum.High;
            p.Target.Low[target] = sum.Low;
        }
    }

    /// <summary>The sums of the blocks, [blocks, columns].</summary>
    internal struct Partials
    {
        public ArrayView<float> High;
        public ArrayView<float> Low;
        public int Blocks;
        public int Columns;

        /// <summary>Adds the blocks of a column up; called in kernels.</summary>
        public static TwoFloat Total(Partials partials, int column)
        {
            TwoFloat sum = default;
            for (int block = 0; block < partials.Blocks; block++)
            {
                long source = ((long)block * partials.Columns) + column;
                sum = TwoFloat.Add(sum, new TwoFloat(partials.High[source], partials.Low[source]));
            }

            return sum;
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
}
