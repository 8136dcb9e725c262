using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
            First = HostPointers.Of(arguments.First),
            Second = HostPointers.Of(arguments.Second),
            Sum = HostPointers.Of(arguments.Sum),
            FirstFactor = (float)arguments.FirstFactor,
            SecondFactor = (float)arguments.SecondFactor,
            Length = arguments.Length,
            NumbersPerChunk = numbersPerChunk,
        };
        context.Team.For((int)((arguments.Length + numbersPerChunk - 1) / numbersPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public float* First;
        public float* Second;
        public float* Sum;
        public float FirstFactor;
        public float SecondFactor;
        public long Length;
        public long NumbersPerChunk;

        public readonly void Run(int chunk, int worker)
        {
            long i = chunk * this.NumbersPerChunk;
            long end = Math.Min(this.Length, i + this.NumbersPerChunk);
            if (Vector512.IsHardwareAccelerated)
            {
                Add<Lanes512, Vector512<float>>(ref i, end);
            }

            if (Vector256.IsHardwareAccelerated)
            {
                Add<Lanes256, Vector256<float>>(ref i, end);
            }

            if (Vector128.IsHardwareAccelerated)
            {
                Add<Lanes128, Vector128<float>>(ref i, end);
            }

            Add<Lanes32, float>(ref i, end);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Add<TLanes, TVector>(ref long i, long end)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            TVector a = TLanes.Fill(this.FirstFactor);
            TVector b = TLanes.Fill(this.SecondFactor);
            for (; i <= end - TLanes.Width; i += TLanes.Width)
            {
                TVector second = TLanes.Multiply(b, TLanes.Load(this.Second + i));
                TLanes.Store(TLanes.MultiplyAdd(a, TLanes.Load(this.First + i), second), this.Sum + i);
            }
        }
    }
}
