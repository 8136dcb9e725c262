using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   (x − mean) · scale, of some columns of the staged vectors
/// Work       2 · batch · DIn FLOP
/// Traffic    (size + 4) · batch · DIn bytes, a staged number being 2 or 4 bytes → bound by memory
/// Launch     chunks of 64 rows over the team
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      widening none; 2 · 2⁻²⁴ · |result| where both a mean and a scale are given
/// Source     IEEE 754-2019, §3.4; bfloat16: the upper half of binary32
/// </summary>
internal static unsafe class LoadBatch
{
    private const int RowsPerChunk = 64;

    public static void Run(CpuContext context, in LoadBatchArguments arguments)
    {
        arguments.Validate();
        int rows = arguments.Activations.Rows;
        Body body = new()
        {
            Staged = HostPointers.Of(arguments.Staging, arguments.Slot),
            Element = arguments.Staging.Element,
            Mean = arguments.Mean is null ? null : HostPointers.Of(arguments.Mean),
            Scale = arguments.Scale,
            Scales = arguments.Scales is null ? null : HostPointers.Of(arguments.Scales),
            StagedWidth = arguments.StagedWidth,
            FirstColumn = arguments.FirstColumn,
            Activations = HostPointers.Of(arguments.Activations),
            Rows = rows,
            Columns = arguments.Activations.Columns,
        };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public byte* Staged;
        public StagedElement Element;
        public float* Mean;
        public float Scale;
        public float* Scales;
        public int StagedWidth;
        public int FirstColumn;
        public float* Activations;
        public int Rows;
        public int Columns;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                float* numbers = this.Activations + ((long)row * this.Columns);
                Widen(((long)row * this.StagedWidth) + this.FirstColumn, new Span<float>(numbers, this.Columns));
                if (this.Mean is not null)
                {
                    Cpu.Rows.Subtract(numbers, this.Mean, numbers, this.Columns);
                }

                if (this.Scales is not null)
                {
                    Cpu.Rows.Multiply(numbers, this.Scales, numbers, this.Columns);
                }
                else if (this.Scale != 1)
                {
                    Cpu.Rows.Scale(numbers, this.Scale, this.Columns);
                }
            }
        }

        private readonly void Widen(long start, Span<float> row)
        {
            switch (this.Element)
            {
                case StagedElement.Fp16:
                    Float16.ToSingles(new ReadOnlySpan<ushort>((ushort*)this.Staged + start, row.Length), row);
                    break;
                case StagedElement.Bf16:
                    Bfloat16.ToSingles(new ReadOnlySpan<ushort>((ushort*)this.Staged + start, row.Length), row);
                    break;
                default:
                    new ReadOnlySpan<float>((float*)this.Staged + start, row.Length).CopyTo(row);
                    break;
            }
        }
    }
}
