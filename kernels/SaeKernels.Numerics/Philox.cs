using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Numerics;

/// <summary>
/// The counter-based generator Philox 4×32 with ten rounds: 128 random bits from a 64-bit key and a 128-bit counter.
/// </summary>
/// <remarks>
/// Stateless: any position of any stream is computed at once, so a run is resumed or replayed bit for bit.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </remarks>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;
    private const int WordsOfCounter = 4;
    private const int WordsAtOnce = 32;

    /// <summary>Returns the four 32-bit words that belong to a key and a counter.</summary>
    /// <param name="key">The key; all 2⁶⁴ values are valid.</param>
    /// <param name="counterLow">Words 0 (low half) and 1 (high half) of the counter.</param>
    /// <param name="counterHigh">Words 2 (low half) and 3 (high half) of the counter.</param>
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Generate(
        ulong key, ulong counterLow, ulong counterHigh)
    {
        uint c0 = (uint)counterLow;
        uint c1 = (uint)(counterLow >> 32);
        uint c2 = (uint)counterHigh;
        uint c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key;
        uint k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c3 = (uint)product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Makes a number in [0, 1), a multiple of 2⁻²⁴, of 32 random bits; exact, so alike on every device.
    /// </summary>
    /// <param name="word">The bits; the lowest 8 are not used.</param>
    // Of a signed number: ILGPU takes an unsigned one through float64, which OpenCL devices may lack.
    public static float ToSingle(uint word) => (int)(word >> 8) * (1.0f / (1 << 24));

    /// <summary>Makes a number in [0, 1), a multiple of 2⁻⁵³, of 64 random bits; exact, so alike on every device.
    /// </summary>
    /// <param name="words">The bits; the lowest 11 are not used.</param>
    public static double ToDouble(ulong words) => (words >> 11) * (1.0 / (1L << 53));

    /// <summary>Writes the words of consecutive counters, those of <see cref="Generate"/>, many at a time.</summary>
    /// <param name="key">The key.</param>
    /// <param name="counterLow">The low half of the first counter; the next ones follow it modulo 2⁶⁴.</param>
    /// <param name="counterHigh">The high half of all counters.</param>
    /// <param name="words">Receives four words a counter; a multiple of four.</param>
    /// <exception cref="ArgumentException">The length is no multiple of four.</exception>
    public static void Fill(ulong key, ulong counterLow, ulong counterHigh, Span<uint> words)
    {
        if (words.Length % WordsOfCounter != 0)
        {
            throw new ArgumentException(
                $"Philox: words must be a multiple of {WordsOfCounter}, but are {words.Length}. Ask for whole "
                + "counters.");
        }

        int done = 0;
        if (Avx512F.IsSupported)
        {
            for (; done <= words.Length - (2 * WordsAtOnce); done += 2 * WordsAtOnce)
            {
                FillSixteen(key, counterLow + (ulong)(done / WordsOfCounter), counterHigh, words[done..]);
            }
        }

        if (Avx2.IsSupported)
        {
            for (; done <= words.Length - WordsAtOnce; done += WordsAtOnce)
            {
                FillEight(key, counterLow + (ulong)(done / WordsOfCounter), counterHigh, words[done..]);
            }
        }

        for (; done < words.Length; done += WordsOfCounter)
        {
            (words[done], words[done + 1], words[done + 2], words[done + 3]) =
                Generate(key, counterLow + (ulong)(done / WordsOfCounter), counterHigh);
        }
    }

    /// <summary>Eight counters in two vectors, whose rounds hide each other's latency.</summary>
    private static void FillEight(ulong key, ulong counterLow, ulong counterHigh, Span<uint> words)
    {
        // A lane has a word in its low half; what is above it is never read.
        Vector256<ulong> first = Vector256.Create(counterLow) + Vector256.Create(0UL, 1, 2, 3);
        Vector256<ulong> second = first + Vector256.Create(4UL);
        (Vector256<ulong> a0, Vector256<ulong> a1) = (first, first >>> 32);
        (Vector256<ulong> b0, Vector256<ulong> b1) = (second, second >>> 32);
        Vector256<ulong> a2 = Vector256.Create(counterHigh);
        Vector256<ulong> a3 = Vector256.Create(counterHigh >> 32);
        (Vector256<ulong> b2, Vector256<ulong> b3) = (a2, a3);
        Vector256<uint> multiplier0 = Vector256.Create(Multiplier0);
        Vector256<uint> multiplier1 = Vector256.Create(Multiplier1);
        Vector256<uint> k0 = Vector256.Create((uint)key);
        Vector256<uint> k1 = Vector256.Create((uint)(key >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> product0 = Avx2.Multiply(multiplier0, a0.AsUInt32());
            Vector256<ulong> product1 = Avx2.Multiply(multiplier1, a2.AsUInt32());
            Vector256<ulong> product2 = Avx2.Multiply(multiplier0, b0.AsUInt32());
            Vector256<ulong> product3 = Avx2.Multiply(multiplier1, b2.AsUInt32());
            a0 = (product1 >>> 32) ^ a1 ^ k0.AsUInt64();
            a2 = (product0 >>> 32) ^ a3 ^ k1.AsUInt64();
            b0 = (product3 >>> 32) ^ b1 ^ k0.AsUInt64();
            b2 = (product2 >>> 32) ^ b3 ^ k1.AsUInt64();
            (a1, a3, b1, b3) = (product1, product0, product3, product2);
            k0 += Vector256.Create(Weyl0);
            k1 += Vector256.Create(Weyl1);
        }

        Store(a0, a1, a2, a3, words);
        Store(b0, b1, b2, b3, words[(WordsAtOnce / 2)..]);
    }

    private static void Store(
        Vector256<ulong> c0, Vector256<ulong> c1, Vector256<ulong> c2, Vector256<ulong> c3, Span<uint> words)
    {
        Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> front = (c0 & low) | (c1 << 32);
        Vector256<ulong> back = (c2 & low) | (c3 << 32);
        Vector256<ulong> even = Avx2.UnpackLow(front, back);
        Vector256<ulong> odd = Avx2.UnpackHigh(front, back);
        Avx2.Permute2x128(even, odd, 0x20).AsUInt32().CopyTo(words);
        Avx2.Permute2x128(even, odd, 0x31).AsUInt32().CopyTo(words[Vector256<uint>.Count..]);
    }

    /// <summary>As <see cref="FillEight"/>, with vectors twice as wide.</summary>
    private static void FillSixteen(ulong key, ulong counterLow, ulong counterHigh, Span<uint> words)
    {
        Vector512<ulong> first = Vector512.Create(counterLow) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);
        Vector512<ulong> second = first + Vector512.Create(8UL);
        (Vector512<ulong> a0, Vector512<ulong> a1) = (first, first >>> 32);
        (Vector512<ulong> b0, Vector512<ulong> b1) = (second, second >>> 32);
        Vector512<ulong> a2 = Vector512.Create(counterHigh);
        Vector512<ulong> a3 = Vector512.Create(counterHigh >> 32);
        (Vector512<ulong> b2, Vector512<ulong> b3) = (a2, a3);
        Vector512<uint> multiplier0 = Vector512.Create(Multiplier0);
        Vector512<uint> multiplier1 = Vector512.Create(Multiplier1);
        Vector512<uint> k0 = Vector512.Create((uint)key);
        Vector512<uint> k1 = Vector512.Create((uint)(key >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            Vector512<ulong> product0 = Avx512F.Multiply(multiplier0, a0.AsUInt32());
            Vector512<ulong> product1 = Avx512F.Multiply(multiplier1, a2.AsUInt32());
            Vector512<ulong> product2 = Avx512F.Multiply(multiplier0, b0.AsUInt32());
            Vector512<ulong> product3 = Avx512F.Multiply(multiplier1, b2.AsUInt32());
            a0 = (product1 >>> 32) ^ a1 ^ k0.AsUInt64();
            a2 = (product0 >>> 32) ^ a3 ^ k1.AsUInt64();
            b0 = (product3 >>> 32) ^ b1 ^ k0.AsUInt64();
            b2 = (product2 >>> 32) ^ b3 ^ k1.AsUInt64();
            (a1, a3, b1, b3) = (product1, product0, product3, product2);
            k0 += Vector512.Create(Weyl0);
            k1 += Vector512.Create(Weyl1);
        }

        Store(a0, a1, a2, a3, words);
        Store(b0, b1, b2, b3, words[WordsAtOnce..]);
    }

    private static void Store(
        Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3, Span<uint> words)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> front = (c0 & low) | (c1 << 32);
        Vector512<ulong> back = (c2 & low) | (c3 << 32);
        Vector512<ulong> lower = Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11);
        Vector512<ulong> upper = Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15);
        Avx512F.PermuteVar8x64x2(front, lower, back).AsUInt32().CopyTo(words);
        Avx512F.PermuteVar8x64x2(front, upper, back).AsUInt32().CopyTo(words[Vector512<uint>.Count..]);
    }
}
