using System.Runtime.InteropServices;

namespace SaeKernels.Data;

/// <summary>Numbers that begin on a cache line and stay there: no vector of sixteen lies on two lines.</summary>
internal sealed class AlignedNumbers
{
    /// <summary>The bytes of a cache line.</summary>
    public const int LineBytes = 64;

    private readonly float[] numbers;
    private readonly int start;

    /// <summary>Takes memory; it holds zeros.</summary>
    /// <param name="count">The numbers.</param>
    public AlignedNumbers(long count)
    {
        const int Line = LineBytes / sizeof(float);
        this.Count = checked((int)count);
        this.numbers = GC.AllocateArray<float>(checked((int)(count + Line)), pinned: true);
        long behind = Marshal.UnsafeAddrOfPinnedArrayElement(this.numbers, 0) % LineBytes;
        this.start = behind == 0 ? 0 : (int)(LineBytes - behind) / sizeof(float);
    }

    /// <summary>The numbers.</summary>
    public int Count { get; }

    /// <summary>The numbers.</summary>
    public Span<float> Span => this.numbers.AsSpan(this.start, this.Count);
}
