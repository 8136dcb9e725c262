using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   start + scale · A·B, B being row-major and A read in either order
/// Work       2 · rows · columns · depth FLOP
/// Traffic    4 · (rows / 4 + rows / columns + columns / rows) · columns · depth bytes → bound by the cache
/// Launch     groups take four rows in turns, threads packs of four columns
/// Shared     none        Barriers  none
/// Order      depth ascending, fused multiply-adds; deterministic
/// Error      (depth + 2) · 2⁻²⁴ · (|start| + |scale| · Σ|a·b|)
/// Source     Goto, van de Geijn 2008 (rows in registers)
/// </summary>
internal sealed class PackProduct(KernelDevice device)
{
    private const int RowsOfBlock = 4;
    private readonly PackKernel<Parameters> kernel = new(device, Multiply<Pack1>, Multiply<Pack4>);

    public void Launch(in Parameters parameters) => this.kernel.Launch(
        ((long)parameters.Rows + RowsOfBlock - 1) / RowsOfBlock, parameters.Columns, parameters);

    private static void Multiply<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        int last = p.Rows - 1;
        for (int row = Grid.IdxX * RowsOfBlock; row < p.Rows; row += Grid.DimX * RowsOfBlock)
        {
            long a0 = (long)row * p.LeftRowStep;
            long a1 = (long)IntrinsicMath.Min(row + 1, last) * p.LeftRowStep;
            long a2 = (long)IntrinsicMath.Min(row + 2, last) * p.LeftRowStep;
            long a3 = (long)IntrinsicMath.Min(row + 3, last) * p.LeftRowStep;
            for (int column = Group.IdxX * TPack.Width; column < p.Columns; column += Group.DimX * TPack.Width)
            {
                TPack sum0 = default;
                TPack sum1 = default;
                TPack sum2 = default;
                TPack sum3 = default;
                for (int k = 0; k < p.Depth; k++)
                {
                    TPack right = TPack.Load(p.Right, ((long)k * p.Columns) + column);
                    long step = (long)k * p.LeftDepthStep;
                    sum0 = TPack.AddScaled(sum0, p.Left[a0 + step], right);
                    sum1 = TPack.AddScaled(sum1, p.Left[a1 + step], right);
                    sum2 = TPack.AddScaled(sum2, p.Left[a2 + step], right);
                    sum3 = TPack.AddScaled(sum3, p.Left[a3 + step], right);
                }

                Finish(p, row, column, sum0);
                Finish(p, row + 1, column, sum1);
                Finish(p, row + 2, column, sum2);
                Finish(p, row + 3, column, sum3);
            }
        }
    }

    private static void Finish<TPack>(Parameters p, int row, int column, TPack sum)
        where TPack : unmanaged, IPack<TPack>
    {
        if (row < p.Rows)
        {
            long place = ((long)row * p.Columns) + column;
            TPack start = default;
            if (p.HasStart != 0)
            {
                start = TPack.Load(p.Start, place);
            }

            TPack.Store(p.Result, place, TPack.AddScaled(start, p.Scale, sum));
        }
    }

    internal struct Parameters
    {
        /// <summary>A; element (r, k) lies at r · LeftRowStep + k · LeftDepthStep.</summary>
        public ArrayView<float> Left;

        /// <summary>B [Depth, Columns].</summary>
        public ArrayView<float> Right;

        /// <summary>What the product is added to, [Rows, Columns]; without meaning where HasStart is 0.</summary>
        public ArrayView<float> Start;

        /// <summary>Receives the sum; may be Start.</summary>
        public ArrayView<float> Result;
        public float Scale;
        public int HasStart;
        public int LeftRowStep;
        public int LeftDepthStep;
        public int Rows;
        public int Columns;
        public int Depth;
    }
}
