namespace SaeKernels.Data;

/// <summary>The windows of an epoch, in the order in which they are visited.</summary>
/// <param name="Epoch">The epoch, counted from 0.</param>
/// <param name="Windows">The windows.</param>
internal sealed record EpochOrder(long Epoch, IReadOnlyList<WindowOrder> Windows)
{
    /// <summary>Returns the window that holds a position of this epoch.</summary>
    public WindowOrder WindowAt(long position)
    {
        int low = 0;
        int high = this.Windows.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (this.Windows[middle].FirstPosition <= position)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return this.Windows[low];
    }
}

/// <summary>What a window holds.</summary>
/// <param name="FirstPosition">The position, counted from the first epoch on, of its first vector.</param>
/// <param name="Rows">The number of vectors.</param>
/// <param name="Blocks">Its blocks, ascending; only the last may be short.</param>
/// <param name="Seed">Determines the order of its rows.</param>
internal sealed record WindowOrder(long FirstPosition, int Rows, ArraySegment<int> Blocks, ulong Seed);
