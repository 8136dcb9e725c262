namespace SaeKernels.Cpu;

/// <summary>A place in the order of rows and, within a row, of latents.</summary>
/// <param name="Row">The row.</param>
/// <param name="Latent">The latent.</param>
internal readonly record struct EntryOrder(int Row, int Latent)
{
    private const int LatentBits = 31;

    private static readonly EntryOrder End = new(int.MaxValue, int.MaxValue);

    /// <summary>Finds the last of the first entries with a key.</summary>
    /// <param name="entries">The entries, in any order.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="key">The key.</param>
    /// <param name="wanted">How many with this key are wanted; there are at least as many.</param>
    public static unsafe EntryOrder Find(in EntryList entries, long start, int count, int key, int wanted)
    {
        if (CountUpTo(entries, start, count, key, End) == wanted)
        {
            return End;
        }

        // Bisection, without memory: ties that reach over the last place are rare.
        long low = -1;
        long high = ((long)int.MaxValue << LatentBits) | int.MaxValue;
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            EntryOrder last = new((int)(middle >> LatentBits), (int)(middle & int.MaxValue));
            if (CountUpTo(entries, start, count, key, last) >= wanted)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return new EntryOrder((int)(high >> LatentBits), (int)(high & int.MaxValue));
    }

    /// <summary>Whether an entry comes before this place, or is at it.</summary>
    public bool IsNotBefore(int row, int latent) => row < this.Row || (row == this.Row && latent <= this.Latent);

    private static unsafe int CountUpTo(in EntryList entries, long start, int count, int key, EntryOrder last)
    {
        int found = 0;
        for (long entry = start; entry < start + count; entry++)
        {
            bool isUpTo = last.IsNotBefore(entries.Rows[entry], entries.Latents[entry]);
            found += entries.Keys[entry] == key && isUpTo ? 1 : 0;
        }

        return found;
    }
}
