using System.Numerics;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Draws which of up to 64 features fire, each with the probability Φ(z), by 32 bits a feature.</summary>
internal static class FiringMask
{
    /// <summary>The most features of a mask.</summary>
    public const int Lanes = 64;

    /// <summary>Draws a mask: bit l says whether feature l fires.</summary>
    /// <param name="random">Where one word a feature comes from.</param>
    /// <param name="z">The z, as many as a mask has lanes.</param>
    /// <param name="count">The features; what follows in <paramref name="z"/> does not matter.</param>
    public static ulong Draw(BufferedRandom random, ReadOnlySpan<float> z, int count)
    {
        Span<uint> words = stackalloc uint[Lanes];
        Span<int> entries = stackalloc int[Lanes];
        random.Next(words[..count]);
        for (int i = 0; i < Lanes; i += Vector<float>.Count)
        {
            NormalTable.AtLeast(new Vector<float>(z[i..])).CopyTo(entries[i..]);
        }

        // Bits instead of branches: which features fire is what no processor predicts.
        ulong mask = 0;
        for (int i = 0; i < count; i++)
        {
            mask |= (words[i] <= NormalTable.WordsOf(entries[i]).Most ? 1UL : 0) << i;
        }

        for (ulong open = mask; open != 0; open &= open - 1)
        {
            int lane = BitOperations.TrailingZeroCount(open);
            if (words[lane] >= NormalTable.WordsOf(entries[lane]).Sure && !NormalTable.IsBelow(words[lane], z[lane]))
            {
                mask &= ~(1UL << lane);
            }
        }

        return mask;
    }
}
