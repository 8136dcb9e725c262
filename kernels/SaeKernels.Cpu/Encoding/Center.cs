using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   x − b_dec
/// Work       batch · DIn FLOP
/// Traffic    8 · batch · DIn bytes → bound by memory
/// Launch     chunks of 64 rows over the team
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding
/// Source     Gao et al. 2024, §2.1
/// </summary>
internal static unsafe class Center
{
    private const int RowsPerChunk = 64;

    public static void Run(CpuContext context, in CenterArguments arguments)
    {
        arguments.Validate();
        int rows = arguments.Activations.Rows;
        Body body = new()
        {
            Activations = HostPointers.Of(arguments.Activations),
            BDec = HostPointers.Of(arguments.BDec),
            Centered = HostPointers.Of(arguments.Centered),
            Rows = rows,
            Columns = arguments.Activations.Columns,
        };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public float* Activations;
        public float* BDec;
        public float* Centered;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                long start = (long)row * this.Columns;
                Cpu.Rows.Subtract(this.Activations + start, this.BDec, this.Centered + start, this.Columns);
            }
        }
    }
}
