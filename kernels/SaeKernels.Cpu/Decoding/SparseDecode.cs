using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   x̂ = b_dec + Σ v · W_dec[i, ·]
/// Work       2 · entries · DOut FLOP
/// Traffic    4 · (entries · DOut + batch · DOut + 2 · entries) bytes → bound by memory
/// Launch     chunks of 32 rows over the team; four decoder rows are added at a time
/// Shared     none        Barriers  none
/// Order      i ascending; deterministic
/// Error      (k + 1) · 2⁻²⁴ · (|b| + Σ|v·w|) with fused multiply-adds, twice that without
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal static unsafe class SparseDecode
{
    public static void Run(CpuContext context, in SparseDecodeArguments arguments)
    {
        arguments.Validate();
        int rows = arguments.Reconstruction.Rows;
        Body body = new()
        {
            Decoder = new DecodedRows(arguments.Codes, arguments.WDec),
            BDec = HostPointers.Of(arguments.BDec),
            Reconstruction = HostPointers.Of(arguments.Reconstruction),
            Rows = rows,
            Columns = arguments.WDec.Columns,
        };
        context.Team.For(Chunks.Count(rows, DecodedRows.RowsPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public DecodedRows Decoder;
        public float* BDec;
        public float* Reconstruction;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, DecodedRows.RowsPerChunk, this.Rows);
            for (int row = chunk * DecodedRows.RowsPerChunk; row < end; row++)
            {
                float* output = this.Reconstruction + ((long)row * this.Columns);
                new Span<float>(this.BDec, this.Columns).CopyTo(new Span<float>(output, this.Columns));
                this.Decoder.AddTo(row, output);
            }
        }
    }
}
