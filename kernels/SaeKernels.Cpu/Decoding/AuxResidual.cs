using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   e − ê with ê = Σ v · W_dec[i, ·], the loss Σ‖e − ê‖² / Σ‖e − ē‖², and −2α / Σ‖e − ē‖²
/// Work       2 · entries · DOut + 7 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 4 · batch · DOut) bytes → bound by memory
/// Launch     chunks of 128 rows for ē, of 32 for the rest, over the team
/// Shared     DOut numbers of scratch a thread, DOut float64 a chunk of 128 rows        Barriers  two
/// Order      i ascending; ē, squares and deviations in float64; chunks ascending; deterministic
/// Error      (k + 2) · 2⁻²⁴ · (|e| + Σ|v·w|) with fused multiply-adds, twice that without
/// Source     Gao et al. 2024, §2.4 and appendix A.2
/// </summary>
internal static unsafe class AuxResidual
{
    public static void Run(CpuContext context, in AuxResidualArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        int rows = arguments.Rows;
        int columns = arguments.WDec.Columns;
        int* offsets = HostPointers.Of(arguments.AuxCodes.RowOffsets);
        int chunks = Chunks.Count(rows, DecodedRows.RowsPerChunk);
        Body body = new()
        {
            Decoder = new DecodedRows(arguments.AuxCodes, arguments.WDec),
            Residuals = HostPointers.Of(arguments.Residuals),
            Reconstruction = context.Scratch.Take<float>((long)context.Team.Threads * columns),
            Sums = context.Scratch.Take<double>(chunks),
            Rows = rows,
            Columns = columns,
        };
        double variance = 0;
        if (offsets[rows] != offsets[0])
        {
            body.Mean = Mean(context, body);
            context.Team.For(chunks, body with { Stage = Stage.Deviations });
            variance = Total(body.Sums, chunks);
        }

        // NaN is not zero: a diverged model shows in the loss.
        bool idle = variance == 0;
        context.Team.For(chunks, body with { Stage = idle ? Stage.Copy : Stage.Decode });
        *HostPointers.Of(arguments.Loss) = idle ? 0 : (float)(Total(body.Sums, chunks) / variance);
        *HostPointers.Of(arguments.ResidualScale) = idle ? 0 : (float)(-2 * arguments.Coefficient / variance);
    }

    private static double* Mean(CpuContext context, in Body body)
    {
        double* mean = ColumnSums.Of(context, body.Residuals, body.Rows, body.Columns);
        for (int column = 0; column < body.Columns; column++)
        {
            mean[column] /= body.Rows;
        }

        return mean;
    }

    private static double Total(double* sums, int count)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
        {
            total += sums[i];
        }

        return total;
    }

    private enum Stage
    {
        Deviations,
        Copy,
        Decode,
    }

    private struct Body : IChunkBody
    {
        public Stage Stage;
        public DecodedRows Decoder;
        public float* Residuals;
        public float* Reconstruction;
        public double* Mean;
        public double* Sums;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            double sum = 0;
            int end = Chunks.End(chunk, DecodedRows.RowsPerChunk, this.Rows);
            for (int row = chunk * DecodedRows.RowsPerChunk; row < end; row++)
            {
                float* residual = this.Residuals + ((long)row * this.Columns);
                sum += this.Stage == Stage.Deviations ? SquaredDeviations(residual) : Leave(row, residual, worker);
            }

            this.Sums[chunk] = sum;
        }

        private readonly double SquaredDeviations(float* residual)
        {
            Vector<double> squares = Vector<double>.Zero;
            int i = 0;
            for (; i <= this.Columns - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(Vector.Load(residual + i), out Vector<double> low, out Vector<double> high);
                low -= Vector.Load(this.Mean + i);
                high -= Vector.Load(this.Mean + i + Vector<double>.Count);
                squares += low * low;
                squares += high * high;
            }

            double sum = Vector.Sum(squares);
            for (; i < this.Columns; i++)
            {
                double deviation = residual[i] - this.Mean[i];
                sum += deviation * deviation;
            }

            return sum;
        }

        private readonly double Leave(int row, float* residual, int worker)
        {
            float* left = residual + ((long)this.Rows * this.Columns);
            if (this.Stage == Stage.Copy)
            {
                new Span<float>(residual, this.Columns).CopyTo(new Span<float>(left, this.Columns));
                return 0;
            }

            float* reconstruction = this.Reconstruction + ((long)worker * this.Columns);
            new Span<float>(reconstruction, this.Columns).Clear();
            this.Decoder.AddTo(row, reconstruction);
            Cpu.Rows.Subtract(residual, reconstruction, left, this.Columns);
            return Cpu.Rows.SumOfSquares(left, this.Columns);
        }
    }
}
