using System.Runtime.CompilerServices;

namespace SaeKernels.Cpu;

/// <summary>How a stream goes through memory.</summary>
internal enum StreamPattern
{
    /// <summary>a is read.</summary>
    Read,

    /// <summary>b becomes a.</summary>
    Copy,

    /// <summary>c becomes a + b / 2.</summary>
    Triad,

    /// <summary>a, b and c are read and written in place, as Adam does with a weight and its moments.</summary>
    Update,
}

/// <summary>Passes over three arrays that do almost nothing but move numbers.</summary>
/// <typeparam name="TVector">The vector.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
internal unsafe struct MemoryStreams<TVector, TLanes> : IChunkBody
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector>
{
    /// <summary>Numbers of each array in a chunk: 64 KiB, so that a thread's chunks stream.</summary>
    public const int PerChunk = 1 << 14;

    public StreamPattern Pattern;
    public float* A;
    public float* B;
    public float* C;
    public long Length;

    /// <summary>Arrays that a pattern reads, and those it writes, together.</summary>
    public static int Touches(StreamPattern pattern) => pattern switch
    {
        StreamPattern.Read => 1,
        StreamPattern.Copy => 2,
        StreamPattern.Triad => 3,
        _ => 6,
    };

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        long start = (long)chunk * PerChunk;
        int count = (int)Math.Min(PerChunk, this.Length - start);
        float* a = this.A + start;
        float* b = this.B + start;
        float* c = this.C + start;
        switch (this.Pattern)
        {
            case StreamPattern.Read:
                Read(a, count);
                break;
            case StreamPattern.Copy:
                Copy(a, b, count);
                break;
            case StreamPattern.Triad:
                Triad(a, b, c, count);
                break;
            default:
                Update(a, b, c, count);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Read(float* a, int count)
    {
        // Four sums: one addition after another would wait for its result.
        TVector s0 = TLanes.Fill(0), s1 = s0, s2 = s0, s3 = s0;
        int width = TLanes.Width;
        for (int i = 0; i + (4 * width) <= count; i += 4 * width)
        {
            s0 = TLanes.Add(s0, TLanes.Load(a + i));
            s1 = TLanes.Add(s1, TLanes.Load(a + i + width));
            s2 = TLanes.Add(s2, TLanes.Load(a + i + (2 * width)));
            s3 = TLanes.Add(s3, TLanes.Load(a + i + (3 * width)));
        }

        return TLanes.Sum(TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* a, float* b, int count)
    {
        for (int i = 0; i + TLanes.Width <= count; i += TLanes.Width)
        {
            TLanes.Store(TLanes.Load(a + i), b + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Triad(float* a, float* b, float* c, int count)
    {
        TVector half = TLanes.Fill(0.5f);
        for (int i = 0; i + TLanes.Width <= count; i += TLanes.Width)
        {
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(b + i), half, TLanes.Load(a + i)), c + i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Update(float* a, float* b, float* c, int count)
    {
        TVector half = TLanes.Fill(0.5f);
        for (int i = 0; i + TLanes.Width <= count; i += TLanes.Width)
        {
            TVector first = TLanes.Multiply(TLanes.Load(a + i), half);
            TVector second = TLanes.MultiplyAdd(TLanes.Load(b + i), half, first);
            TLanes.Store(first, a + i);
            TLanes.Store(second, b + i);
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(c + i), half, second), c + i);
        }
    }
}
