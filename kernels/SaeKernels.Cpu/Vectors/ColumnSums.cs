using System.Numerics;

namespace SaeKernels.Cpu;

/// <summary>Sums of columns in float64: partial sums over fixed blocks of rows, then their sum.</summary>
internal static unsafe class ColumnSums
{
    private const int RowsPerChunk = 128;

    /// <summary>Sums the columns.</summary>
    /// <param name="context">Threads, and scratch of which the result is a part.</param>
    /// <param name="matrix">The first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <returns>The sum of each column, [columns], in scratch memory.</returns>
    public static double* Of(CpuContext context, float* matrix, int rows, int columns)
    {
        int chunks = Math.Max(1, (rows + RowsPerChunk - 1) / RowsPerChunk);
        double* partial = context.Scratch.Take<double>((long)chunks * columns);
        context.Team.For(chunks, new Body { Matrix = matrix, Partial = partial, Rows = rows, Columns = columns });
        for (int chunk = 1; chunk < chunks; chunk++)
        {
            for (int column = 0; column < columns; column++)
            {
                partial[column] += partial[((long)chunk * columns) + column];
            }
        }

        return partial;
    }

    private struct Body : IChunkBody
    {
        public float* Matrix;
        public double* Partial;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            double* sums = this.Partial + ((long)chunk * this.Columns);
            new Span<double>(sums, this.Columns).Clear();
            int end = Math.Min(this.Rows, (chunk + 1) * RowsPerChunk);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                Add(sums, this.Matrix + ((long)row * this.Columns), this.Columns);
            }
        }

        private static void Add(double* sums, float* row, int length)
        {
            int i = 0;
            for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(Vector.Load(row + i), out Vector<double> low, out Vector<double> high);
                double* high0 = sums + i + Vector<double>.Count;
                Vector.Store(Vector.Load(sums + i) + low, sums + i);
                Vector.Store(Vector.Load(high0) + high, high0);
            }

            for (; i < length; i++)
            {
                sums[i] += row[i];
            }
        }
    }
}
