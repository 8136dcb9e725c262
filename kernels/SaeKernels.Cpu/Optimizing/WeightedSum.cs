using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   a·x + b·y
/// Work       3 FLOP a number
/// Traffic    12 bytes a number → bound by memory
/// Launch     chunks of 16,384 numbers or more over the team
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      two roundings of either product (one of a or b), one of the sum
/// Source     Polyak and Juditsky 1992, for averages of weights
/// </summary>
internal static unsafe class WeightedSum
{
    private const int NumbersPerChunk = 1 << 14;

    // Chunks are counted in 32 bits; longer buffers have longer chunks.
    private const int MostChunks = 1 << 16;

    public static void Run(CpuContext context, in WeightedSumArguments arguments)
    {
        arguments.Validate();
        long numbersPerChunk = Math.Max(NumbersPerChunk, (arguments.Length + MostChunks - 1) / MostChunks);
        Body body = new()
        {
            Sums = new SumRows(arguments.FirstFactor, arguments.SecondFactor),
            First = HostPointers.Of(arguments.First),
            Second = HostPointers.Of(arguments.Second),
            Sum = HostPointers.Of(arguments.Sum),
            Length = arguments.Length,
            NumbersPerChunk = numbersPerChunk,
        };
        context.Team.For((int)((arguments.Length + numbersPerChunk - 1) / numbersPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public SumRows Sums;
        public float* First;
        public float* Second;
        public float* Sum;
        public long Length;
        public long NumbersPerChunk;

        public readonly void Run(int chunk, int worker)
        {
            long i = chunk * this.NumbersPerChunk;
            long count = Math.Min(this.Length - i, this.NumbersPerChunk);
            this.Sums.Apply(this.First + i, this.Second + i, this.Sum + i, count);
        }
    }
}
