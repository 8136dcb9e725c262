using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   w ← w / ‖w‖ for every row
/// Work       3 · rows · columns FLOP
/// Traffic    8 · rows · columns bytes → bound by memory
/// Launch     chunks of 64 rows over the team
/// Shared     none        Barriers  none
/// Order      squares in float64 lanes; deterministic
/// Error      1.5 · 2⁻²³ · |w| / ‖w‖
/// Source     Bricken et al. 2023, appendix
/// </summary>
internal static unsafe class NormalizeRows
{
    private const int RowsPerChunk = 64;

    // Between these the reciprocal of a norm is a normal float32.
    private const double SmallestNorm = 1e-37;
    private const double LargestNorm = 1e37;

    public static void Run(CpuContext context, in NormalizeRowsArguments arguments)
    {
        Body body = new()
        {
            Matrix = HostPointers.Of(arguments.Matrix),
            Rows = arguments.Matrix.Rows,
            Columns = arguments.Matrix.Columns,
        };
        context.Team.For(Chunks.Count(body.Rows, RowsPerChunk), body);
    }

    /// <summary>Scales one row to unit length; a row of zeros stays, a row with NaN becomes NaN.</summary>
    public static void Row(float* row, int length)
    {
        double norm = Math.Sqrt(Rows.SumOfSquares(row, length));
        if (norm is >= SmallestNorm and <= LargestNorm)
        {
            Rows.Scale(row, (float)(1 / norm), length);
        }
        else if (norm != 0)
        {
            for (int i = 0; i < length; i++)
            {
                row[i] = (float)(row[i] / norm);
            }
        }
    }

    private struct Body : IChunkBody
    {
        public float* Matrix;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                Row(this.Matrix + ((long)row * this.Columns), this.Columns);
            }
        }
    }
}
