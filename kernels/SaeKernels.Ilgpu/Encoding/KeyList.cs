using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Exact selection in a list of different keys, by one thread; called in kernels.</summary>
internal static class KeyList
{
    /// <summary>Moves the largest keys to the front and returns the smallest of them.</summary>
    /// <remarks>
    /// Halves the range of the keys that are not decided yet: at most 64 passes whatever the keys are, and about 3 over
    /// the whole list where they are spread evenly.
    /// </remarks>
    /// <param name="keys">Holds the list.</param>
    /// <param name="start">Its first element.</param>
    /// <param name="stride">The distance between its elements.</param>
    /// <param name="length">Its length, at least <paramref name="keep"/>.</param>
    /// <param name="keep">How many keys are kept; at least 1.</param>
    public static ulong KeepLargest(ArrayView<ulong> keys, long start, int stride, int length, int keep)
    {
        ulong low = ulong.MaxValue;
        ulong high = 0;
        for (int i = 0; i < length; i++)
        {
            ulong key = keys[start + ((long)i * stride)];
            low = key < low ? key : low;
            high = key > high ? key : high;
        }

        // Keys before `first` are kept, keys from `end` on are not.
        int first = 0;
        int end = length;
        ulong smallest = low;
        while (first < keep && end > keep)
        {
            ulong pivot = low + ((high - low) >> 1);
            ulong smallestAbove = ulong.MaxValue;
            ulong largestBelow = 0;
            int above = first;
            int below = end;
            while (above < below)
            {
                ulong key = keys[start + ((long)above * stride)];
                if (key > pivot)
                {
                    smallestAbove = key < smallestAbove ? key : smallestAbove;
                    above++;
                }
                else
                {
                    below--;
                    largestBelow = key > largestBelow ? key : largestBelow;
                    keys[start + ((long)above * stride)] = keys[start + ((long)below * stride)];
                    keys[start + ((long)below * stride)] = key;
                }
            }

            if (above <= keep)
            {
                first = above;
                high = largestBelow;
                smallest = smallestAbove;
            }
            else
            {
                end = above;
                low = smallestAbove;
            }
        }

        return smallest;
    }
}
