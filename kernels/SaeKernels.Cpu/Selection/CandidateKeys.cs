using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// Pre-activations as integers that order as the numbers do, NaN above all and −0 equal to +0, each beside its latent.
/// </summary>
internal static unsafe class CandidateKeys
{
    /// <summary>The most that one call of <see cref="Append"/> adds; a list has this much room behind it.</summary>
    public const int MostAppended = 32;

    /// <summary>The key of NaN.</summary>
    public const int NaN = int.MaxValue;

    private const int MagnitudeBits = 0x7FFFFFFF;

    /// <summary>The number that belongs to a key other than <see cref="NaN"/>.</summary>
    public static float ValueOf(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & MagnitudeBits));

    /// <summary>The key of a number.</summary>
    public static int KeyOf(float value)
    {
        if (float.IsNaN(value))
        {
            return NaN;
        }

        // Adding +0 turns −0 into +0.
        int bits = BitConverter.SingleToInt32Bits(value + 0.0f);
        return bits ^ ((bits >> 31) & MagnitudeBits);
    }

    /// <summary>Appends candidates to a list; returns how long it is then.</summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="latents">The latents of the list.</param>
    /// <param name="count">The length of the list.</param>
    /// <param name="values">The pre-activations of up to 32 latents.</param>
    /// <param name="accepted">A bit for each of them that is appended.</param>
    /// <param name="firstLatent">The latent of the lowest bit.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Append(int* keys, int* latents, int count, float* values, uint accepted, int firstLatent)
    {
        if (Avx512F.IsSupported)
        {
            // A loop over the bits mispredicts its end for most rows: the whole encode takes 1.25 times as long at
            // DIn = 128, DSae = 1024, K = 16 (Zen 5, 2026-11-22).
            int width = Vector512<int>.Count;
            uint high = accepted >> width;
            AppendVector(keys + count, latents + count, values, (int)accepted, firstLatent);
            count += BitOperations.PopCount(accepted & 0xFFFF);
            AppendVector(keys + count, latents + count, values + width, (int)high, firstLatent + width);
            return count + BitOperations.PopCount(high);
        }

        for (; accepted != 0; accepted &= accepted - 1)
        {
            int lane = BitOperations.TrailingZeroCount(accepted);
            keys[count] = KeyOf(values[lane]);
            latents[count++] = firstLatent + lane;
        }

        return count;
    }

    /// <summary>The keys of sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> KeysOf(Vector512<float> numbers)
    {
        Vector512<int> bits = (numbers + Vector512<float>.Zero).AsInt32();
        Vector512<int> ordered = bits ^ ((bits >> 31) & Vector512.Create(MagnitudeBits));
        Vector512<int> comparable = Vector512.Equals(numbers, numbers).AsInt32();
        return Vector512.ConditionalSelect(comparable, ordered, Vector512.Create(NaN));
    }

    /// <summary>
    /// Keeps the K largest keys, of equal ones the first, in their order; returns the smallest that is kept.
    /// </summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="latents">The latents of the list.</param>
    /// <param name="count">The length of the list; above <paramref name="k"/>.</param>
    /// <param name="k">How many are kept.</param>
    public static int Keep(int* keys, int* latents, int count, int k)
    {
        int limit = FindLimit(keys, count, k, out int equalKept);
        if (equalKept == 0)
        {
            KeepAbove(keys, latents, count, limit);
            Pad(keys, k, keys[0]);
            return Bounds(keys, k).Low;
        }

        KeepFrom(keys, latents, count, limit, equalKept);
        return limit;
    }

    /// <summary>
    /// Returns a key above which K are, or else the K-th largest key and how many that equal it are among the K.
    /// </summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="count">The length of the list; above <paramref name="k"/>.</param>
    /// <param name="k">How many are wanted.</param>
    /// <param name="equalKept">How many that equal it are wanted beside those above it.</param>
    public static int FindLimit(int* keys, int count, int k, out int equalKept)
    {
        Pad(keys, count, keys[0]);
        (int low, int high) = Bounds(keys, count);
        Pad(keys, count, int.MinValue);
        // Bisection: at least K keys are above low, fewer than K, namely aboveHigh, are above high.
        low--;
        int aboveHigh = 0;
        while (high - (long)low > 1)
        {
            int middle = (int)(((long)low + high) >> 1);
            int above = CountAbove(keys, count, middle);
            if (above == k)
            {
                equalKept = 0;
                return middle;
            }

            if (above > k)
            {
                low = middle;
            }
            else
            {
                high = middle;
                aboveHigh = above;
            }
        }

        equalKept = k - aboveHigh;
        return high;
    }

    /// <summary>Returns the smallest of the K largest keys.</summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="count">The length of the list; above <paramref name="k"/>.</param>
    /// <param name="k">How many are kept.</param>
    /// <param name="equalKept">How many of those that equal it are among the K.</param>
    public static int FindCut(int* keys, int count, int k, out int equalKept)
    {
        int limit = FindLimit(keys, count, k, out equalKept);
        if (equalKept > 0)
        {
            return limit;
        }

        int lowest = NaN;
        for (int i = 0; i < count; i++)
        {
            lowest = keys[i] > limit ? Math.Min(lowest, keys[i]) : lowest;
        }

        equalKept = k - (lowest == NaN ? 0 : CountAbove(keys, count, lowest));
        return lowest;
    }

    /// <summary>Returns a key that at least K keys reach, and where possible not many more.</summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="count">The length of the list; above <paramref name="k"/>.</param>
    /// <param name="k">How many reach it at least.</param>
    public static int FindRoughCut(int* keys, int count, int k)
    {
        int most = k + (k / 4);
        Pad(keys, count, keys[0]);
        (int low, int high) = Bounds(keys, count);
        Pad(keys, count, int.MinValue);
        int reached = count;
        while (reached > most && high - (long)low > 1)
        {
            int middle = (int)(((long)low + high) >> 1);
            int found = CountAbove(keys, count, middle - 1);
            if (found >= k)
            {
                low = middle;
                reached = found;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AppendVector(int* keys, int* latents, float* values, int accepted, int firstLatent)
    {
        Vector512<int> ordered = KeysOf(Vector512.Load(values));
        Vector512<int> mask = MaskOf(accepted);
        Avx512F.Compress(Vector512<int>.Zero, mask, ordered).Store(keys);
        Vector512<int> all = Vector512.Create(firstLatent) + Vector512<int>.Indices;
        Avx512F.Compress(Vector512<int>.Zero, mask, all).Store(latents);
    }

    /// <summary>All bits of the lanes whose bit is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> MaskOf(int lanes)
    {
        Vector512<int> laneBits = Vector512.Create(
            1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
            1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        return ~Vector512.Equals(Vector512.Create(lanes) & laneBits, Vector512<int>.Zero);
    }

    private static void KeepAbove(int* keys, int* latents, int count, int limit)
    {
        int kept = 0;
        int i = 0;
        if (Avx512F.IsSupported)
        {
            Vector512<int> limits = Vector512.Create(limit);
            for (; i <= count - Vector512<int>.Count; i += Vector512<int>.Count)
            {
                Vector512<int> key = Vector512.Load(keys + i);
                Vector512<int> mask = Vector512.GreaterThan(key, limits);
                Avx512F.Compress(Vector512<int>.Zero, mask, key).Store(keys + kept);
                Avx512F.Compress(Vector512<int>.Zero, mask, Vector512.Load(latents + i)).Store(latents + kept);
                kept += BitOperations.PopCount(mask.ExtractMostSignificantBits());
            }
        }

        for (; i < count; i++)
        {
            int key = keys[i];
            keys[kept] = key;
            latents[kept] = latents[i];
            kept += key > limit ? 1 : 0;
        }
    }

    private static void KeepFrom(int* keys, int* latents, int count, int limit, int equalKept)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            int key = keys[i];
            if (key > limit || (key == limit && equalKept-- > 0))
            {
                keys[kept] = key;
                latents[kept++] = latents[i];
            }
        }
    }

    private static void Pad(int* keys, int count, int key)
    {
        for (int i = count; i % Vector512<int>.Count != 0; i++)
        {
            keys[i] = key;
        }
    }

    /// <summary>The least and the largest of keys, padded with one of them.</summary>
    private static (int Low, int High) Bounds(int* keys, int count)
    {
        Vector512<int> low = Vector512.Load(keys);
        Vector512<int> high = low;
        for (int i = Vector512<int>.Count; i < count; i += Vector512<int>.Count)
        {
            low = Vector512.Min(low, Vector512.Load(keys + i));
            high = Vector512.Max(high, Vector512.Load(keys + i));
        }

        Vector256<int> low8 = Vector256.Min(low.GetLower(), low.GetUpper());
        Vector256<int> high8 = Vector256.Max(high.GetLower(), high.GetUpper());
        Vector128<int> low4 = Vector128.Min(low8.GetLower(), low8.GetUpper());
        Vector128<int> high4 = Vector128.Max(high8.GetLower(), high8.GetUpper());
        int lowest = Math.Min(Math.Min(low4[0], low4[1]), Math.Min(low4[2], low4[3]));
        int highest = Math.Max(Math.Max(high4[0], high4[1]), Math.Max(high4[2], high4[3]));
        return (lowest, highest);
    }

    /// <summary>How many of keys, padded with the least of all integers, are above a key.</summary>
    private static int CountAbove(int* keys, int count, int key)
    {
        Vector512<int> limit = Vector512.Create(key);
        Vector512<int> found = Vector512<int>.Zero;
        for (int i = 0; i < count; i += Vector512<int>.Count)
        {
            found -= Vector512.GreaterThan(Vector512.Load(keys + i), limit);
        }

        return Vector512.Sum(found);
    }
}
