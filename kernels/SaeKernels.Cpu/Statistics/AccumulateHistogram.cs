using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   how many numbers fall into each bin of equal width, below the first, above the last, and are NaN
/// Work       2 FLOP a number
/// Traffic    4 bytes a number, and 4 · bins a thread → bound by the cache that holds a thread's counts
/// Launch     chunks of 65,536 numbers over the team; places by vectors, counts one by one
/// Shared     32-bit counts of a thread: bins + 3        Barriers  one, then their sum
/// Order      integers: none that matters; deterministic
/// Error      none
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateHistogram
{
    private const int NumbersPerChunk = 1 << 16;

    // A thread's counts have 32 bits: so many chunks at most between two sums, even if one thread does them all.
    private const int ChunksAtOnce = int.MaxValue / NumbersPerChunk;

    public static void Run(CpuContext context, in AccumulateHistogramArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        int places = arguments.Bins + 3;
        int threads = context.Team.Threads;
        int* partials = context.Scratch.Take<int>((long)threads * places);
        long* counts = HostPointers.Of(arguments.Counts);
        const long NumbersAtOnce = (long)ChunksAtOnce * NumbersPerChunk;
        for (long start = 0; start < arguments.Count; start += NumbersAtOnce)
        {
            int count = (int)Math.Min(NumbersAtOnce, arguments.Count - start);
            new Span<int>(partials, checked(threads * places)).Clear();
            Body body = new()
            {
                Values = HostPointers.Of(arguments.Values) + start,
                Partials = partials,
                Count = count,
                Low = arguments.Low,
                High = arguments.High,
                Scale = arguments.Bins / (arguments.High - arguments.Low),
                Bins = arguments.Bins,
            };
            context.Team.For(Chunks.Count(count, NumbersPerChunk), body);
            AddPartials(partials, threads, places, counts);
        }
    }

    private static void AddPartials(int* partials, int threads, int places, long* counts)
    {
        for (int thread = 0; thread < threads; thread++)
        {
            for (int place = 0; place < places; place++)
            {
                counts[place] += partials[((long)thread * places) + place];
            }
        }
    }

    private struct Body : IChunkBody
    {
        public float* Values;
        public int* Partials;
        public int Count;
        public float Low;
        public float High;
        public float Scale;
        public int Bins;

        public readonly void Run(int chunk, int worker)
        {
            int* counts = this.Partials + ((long)worker * (this.Bins + 3));
            int end = Chunks.End(chunk, NumbersPerChunk, this.Count);
            int lanes = Vector<float>.Count;
            int* places = stackalloc int[lanes];
            int i = chunk * NumbersPerChunk;
            for (; i <= end - lanes; i += lanes)
            {
                PlacesOf(Vector.Load(this.Values + i)).Store(places);
                for (int lane = 0; lane < lanes; lane++)
                {
                    counts[places[lane]]++;
                }
            }

            for (; i < end; i++)
            {
                counts[PlacesOf(new Vector<float>(this.Values[i]))[0]]++;
            }
        }

        private readonly Vector<int> PlacesOf(Vector<float> values)
        {
            Vector<float> last = new(this.Bins - 1);
            Vector<float> bins = Vector.MinNative((values - new Vector<float>(this.Low)) * this.Scale, last);
            Vector<int> places = Vector.ConvertToInt32Native(bins);
            places = Vector.ConditionalSelect(
                Vector.LessThan(values, new Vector<float>(this.Low)), new Vector<int>(this.Bins), places);
            places = Vector.ConditionalSelect(
                Vector.GreaterThan(values, new Vector<float>(this.High)), new Vector<int>(this.Bins + 1), places);
            Vector<int> isNumber = Vector.Equals(values, values);
            return Vector.ConditionalSelect(isNumber, places, new Vector<int>(this.Bins + 2));
        }
    }
}
