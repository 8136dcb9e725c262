using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   e = y − x̂ with x̂ = b_dec + Σ v · W_dec[i, ·], ‖e‖² of each row and their mean
/// Work       2 · entries · DOut + 3 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 2 · batch · DOut + 2 · entries) bytes → bound by memory
/// Launch     chunks of 32 rows over the team; four decoder rows are added at a time
/// Shared     DOut numbers of scratch a thread        Barriers  one, before the mean
/// Order      i ascending; squares in float64 lanes; rows ascending; deterministic
/// Error      (k + 2) · 2⁻²⁴ · (|y| + |b| + Σ|v·w|) with fused multiply-adds, twice that without
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal static unsafe class DecodeResidual
{
    public static void Run(CpuContext context, in DecodeResidualArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        int rows = arguments.Targets.Rows;
        int columns = arguments.WDec.Columns;
        Body body = new()
        {
            Decoder = new DecodedRows(arguments.Codes, arguments.WDec),
            BDec = HostPointers.Of(arguments.BDec),
            Targets = HostPointers.Of(arguments.Targets),
            Residuals = HostPointers.Of(arguments.Residuals),
            RowSquaredErrors = HostPointers.Of(arguments.RowSquaredErrors),
            Reconstruction = context.Scratch.Take<float>((long)context.Team.Threads * columns),
            Rows = rows,
            Columns = columns,
        };
        double* squares = context.Scratch.Take<double>(rows);
        body.Squares = squares;
        context.Team.For(Chunks.Count(rows, DecodedRows.RowsPerChunk), body);
        double sum = 0;
        for (int row = 0; row < rows; row++)
        {
            sum += squares[row];
        }

        *HostPointers.Of(arguments.MeanSquaredError) = rows == 0 ? 0 : (float)(sum / rows);
    }

    private struct Body : IChunkBody
    {
        public DecodedRows Decoder;
        public float* BDec;
        public float* Targets;
        public float* Residuals;
        public float* RowSquaredErrors;
        public float* Reconstruction;
        public double* Squares;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            float* reconstruction = this.Reconstruction + ((long)worker * this.Columns);
            int end = Chunks.End(chunk, DecodedRows.RowsPerChunk, this.Rows);
            for (int row = chunk * DecodedRows.RowsPerChunk; row < end; row++)
            {
                long start = (long)row * this.Columns;
                new Span<float>(this.BDec, this.Columns).CopyTo(new Span<float>(reconstruction, this.Columns));
                this.Decoder.AddTo(row, reconstruction);
                Cpu.Rows.Subtract(this.Targets + start, reconstruction, this.Residuals + start, this.Columns);
                this.Squares[row] = Cpu.Rows.SumOfSquares(this.Residuals + start, this.Columns);
                this.RowSquaredErrors[row] = (float)this.Squares[row];
            }
        }
    }
}
