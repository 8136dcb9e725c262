using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Ranks different numbers of a window by a bit for each: the rank is the number of set bits below. All threads of a
/// group share the bits, and meet at barriers between the steps.
/// </summary>
/// <remarks>Two kinds of numbers are ranked at once; their counts share an integer.</remarks>
internal struct RankBits
{
    /// <summary>Numbers that fit in a window; both counts must fit in an integer.</summary>
    public const int Window = 32 * Words;
    public const int Words = 256;
    public const int CountBits = 16;
    private const int CountMask = (1 << CountBits) - 1;

    /// <summary>A bit for each number of the first kind.</summary>
    public ArrayView<uint> First;

    /// <summary>A bit for each number of the second kind.</summary>
    public ArrayView<uint> Second;

    /// <summary>Both kinds' counts below each word.</summary>
    public ArrayView<int> Below;

    /// <summary>Both kinds' counts in each thread's words.</summary>
    public ArrayView<int> Sums;

    /// <summary>Takes shared memory; to be called once in a kernel.</summary>
    public static RankBits Allocate() => new()
    {
        First = SharedMemory.Allocate<uint>(Words),
        Second = SharedMemory.Allocate<uint>(Words),
        Below = SharedMemory.Allocate<int>(Words),
        Sums = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize),
    };

    /// <summary>Step 1: removes all numbers.</summary>
    public static void Clear(RankBits bits)
    {
        for (int word = Group.IdxX; word < Words; word += Group.DimX)
        {
            bits.First[word] = 0;
            bits.Second[word] = 0;
        }
    }

    /// <summary>Step 2: adds a number; its threads do not meet.</summary>
    public static void Add(RankBits bits, int number, bool isSecond)
    {
        uint bit = 1u << (number & 31);
        if (isSecond)
        {
            Atomic.Or(ref bits.Second[number / 32], bit);
        }
        else
        {
            Atomic.Or(ref bits.First[number / 32], bit);
        }
    }

    /// <summary>Step 3: counts each thread's words.</summary>
    public static void Sum(RankBits bits)
    {
        int sum = 0;
        int end = FirstWord(Group.IdxX + 1);
        for (int word = FirstWord(Group.IdxX); word < end; word++)
        {
            sum += CountOf(bits, word);
        }

        bits.Sums[Group.IdxX] = sum;
    }

    /// <summary>Step 4: counts below each word; returns both kinds' counts in the window.</summary>
    public static int Scan(RankBits bits)
    {
        int below = 0;
        int total = 0;
        for (int thread = 0; thread < Group.DimX; thread++)
        {
            below += thread < Group.IdxX ? bits.Sums[thread] : 0;
            total += bits.Sums[thread];
        }

        int end = FirstWord(Group.IdxX + 1);
        for (int word = FirstWord(Group.IdxX); word < end; word++)
        {
            bits.Below[word] = below;
            below += CountOf(bits, word);
        }

        return total;
    }

    /// <summary>Step 5: returns how many numbers of both kinds are smaller.</summary>
    public static int Rank(RankBits bits, int number)
    {
        int word = number / 32;
        uint smaller = (1u << (number & 31)) - 1;
        return bits.Below[word]
            + IntrinsicMath.BitOperations.PopCount(bits.First[word] & smaller)
            + (IntrinsicMath.BitOperations.PopCount(bits.Second[word] & smaller) << CountBits);
    }

    /// <summary>The first kind's count in a pair.</summary>
    public static int FirstOf(int counts) => counts & CountMask;

    /// <summary>The second kind's count in a pair.</summary>
    public static int SecondOf(int counts) => counts >> CountBits;

    private static int CountOf(RankBits bits, int word) =>
        IntrinsicMath.BitOperations.PopCount(bits.First[word])
        + (IntrinsicMath.BitOperations.PopCount(bits.Second[word]) << CountBits);

    private static int FirstWord(int thread) => Words * thread / Group.DimX;
}
