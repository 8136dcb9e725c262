using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   e[p] = y − b_dec − Σ v · W_dec[i] over the latents of each prefix p; Σ w · e[p] over the prefixes that
///            hold a group; ‖e‖² of the last one and Σ w · ‖e[p]‖² of each row, and their means
/// Work       2 · entries · DOut + 6 · prefixes · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + (1 + prefixes) · batch · DOut + 2 · entries) bytes → bound by memory
/// Launch     chunks of 32 rows over the team; a row's reconstruction grows from prefix to prefix
/// Shared     DOut numbers of scratch a thread        Barriers  one, before the means
/// Order      i ascending; prefixes from the last to the first; squares in float64 lanes; rows ascending; deterministic
/// Error      (k + 2) · 2⁻²⁴ · (|y| + |b| + Σ|v·w|) of each prefix, and a rounding for each that is added; with fused
///            multiply-adds, twice that without
/// Source     Bussmann et al. 2025, §3; one pass with snapshots and suffix sums in the place of a pass a prefix
/// </summary>
internal static unsafe class PrefixResidual
{
    public static void Run(CpuContext context, in PrefixResidualArguments arguments)
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
            Ends = HostPointers.Of(arguments.Prefixes.Ends) + arguments.Prefixes.FirstEnd,
            Weights = HostPointers.Of(arguments.Weights),
            RowSquaredErrors = HostPointers.Of(arguments.RowSquaredErrors),
            RowLosses = HostPointers.Of(arguments.RowLosses),
            Reconstruction = context.Scratch.Take<float>((long)context.Team.Threads * columns),
            Squares = context.Scratch.Take<double>(rows),
            Losses = context.Scratch.Take<double>(rows),
            Prefixes = arguments.Prefixes.Count,
            FirstBlock = arguments.Prefixes.FirstBlock,
            Rows = rows,
            Columns = columns,
        };
        context.Team.For(Chunks.Count(rows, DecodedRows.RowsPerChunk), body);
        *HostPointers.Of(arguments.MeanSquaredError) = Mean(body.Squares, rows);
        *HostPointers.Of(arguments.MeanLoss) = Mean(body.Losses, rows);
    }

    private static float Mean(double* numbers, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += numbers[i];
        }

        return count == 0 ? 0 : (float)(sum / count);
    }

    private struct Body : IChunkBody
    {
        public DecodedRows Decoder;
        public float* BDec;
        public float* Targets;
        public float* Residuals;
        public int* Ends;
        public float* Weights;
        public float* RowSquaredErrors;
        public float* RowLosses;
        public float* Reconstruction;
        public double* Squares;
        public double* Losses;
        public int Prefixes;
        public int FirstBlock;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            float* reconstruction = this.Reconstruction + ((long)worker * this.Columns);
            int end = Chunks.End(chunk, DecodedRows.RowsPerChunk, this.Rows);
            for (int row = chunk * DecodedRows.RowsPerChunk; row < end; row++)
            {
                Decode(row, reconstruction);
                AddUp(row);
                this.RowSquaredErrors[row] = (float)this.Squares[row];
                this.RowLosses[row] = (float)this.Losses[row];
            }
        }

        private readonly void Decode(int row, float* reconstruction)
        {
            float* target = this.Targets + ((long)row * this.Columns);
            new Span<float>(this.BDec, this.Columns).CopyTo(new Span<float>(reconstruction, this.Columns));
            int entry = this.Decoder.First(row);
            for (int prefix = 0; prefix < this.Prefixes; prefix++)
            {
                int end = this.Decoder.EndOf(row, entry, this.Ends[prefix]);
                this.Decoder.AddTo(entry, end, reconstruction);
                entry = end;
                Cpu.Rows.Subtract(target, reconstruction, Residual(prefix, row), this.Columns);
            }
        }

        /// <summary>Turns what each prefix leaves into the sums of the groups, and notes the losses.</summary>
        private readonly void AddUp(int row)
        {
            float* next = Residual(this.Prefixes - 1, row);
            double loss = Cpu.Rows.SumOfSquares(next, this.Columns);
            this.Squares[row] = loss;
            for (int prefix = this.Prefixes - 2; prefix >= 0; prefix--)
            {
                float* residual = Residual(prefix, row);
                loss += this.Weights[prefix] * Cpu.Rows.SumOfSquares(residual, this.Columns);
                Cpu.Rows.Scale(residual, this.Weights[prefix], this.Columns);
                Cpu.Rows.AddScaled(residual, 1, next, this.Columns);
                next = residual;
            }

            this.Losses[row] = loss;
        }

        private readonly float* Residual(int prefix, int row)
        {
            int block = prefix == this.Prefixes - 1 ? 0 : this.FirstBlock + this.Prefixes - 2 - prefix;
            return this.Residuals + ((((long)block * this.Rows) + row) * this.Columns);
        }
    }
}
