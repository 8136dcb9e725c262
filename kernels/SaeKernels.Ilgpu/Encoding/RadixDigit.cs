using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>One digit of a radix selection over orders, the highest first; called in kernels.</summary>
internal static class RadixDigit
{
    public const int Bits = 8;
    public const int Bins = 1 << Bits;
    public const int HighestShift = 32 - Bits;

    /// <summary>Empties the bins; threads take bins in turns.</summary>
    public static void Clear(ArrayView<int> bins)
    {
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
        {
            bins[bin] = 0;
        }
    }

    /// <summary>Counts an order by its digit, where its higher digits are those found before.</summary>
    public static void Add(ArrayView<int> bins, uint order, uint prefix, int shift)
    {
        // A shift by 32 would be a shift by 0: two shifts instead.
        if (((order ^ prefix) >> shift >> Bits) == 0)
        {
            Atomic.Add(ref bins[(int)((order >> shift) & (Bins - 1))], 1);
        }
    }

    /// <summary>Adds a group's counts to those of all groups.</summary>
    public static void Flush(ArrayView<int> bins, ArrayView<int> allBins)
    {
        for (int bin = Group.IdxX; bin < Bins; bin += Group.DimX)
        {
            int count = bins[bin];
            if (count > 0)
            {
                Atomic.Add(ref allBins[bin], count);
            }
        }
    }

    /// <summary>Finds the digit of the order of a rank (1 for the largest), 0 where there are not so many.</summary>
    public static int Find(ArrayView<int> bins, int rank)
    {
        int remaining = rank;
        int digit = Bins - 1;
        while (digit > 0 && bins[digit] < remaining)
        {
            remaining -= bins[digit];
            digit--;
        }

        return digit;
    }

    /// <summary>Returns the rank among the orders of a digit, given the rank among all.</summary>
    public static int RankWithin(ArrayView<int> bins, int rank, int digit)
    {
        int remaining = rank;
        for (int larger = digit + 1; larger < Bins; larger++)
        {
            remaining -= bins[larger];
        }

        return remaining;
    }
}
