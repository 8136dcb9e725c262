using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Vectors in memory, as the store hands them out, and the order in which they go on.</summary>
internal sealed class ShuffleWindow(ActivationStore store, RowSet rows, ShufflePlan plan)
{
    // One array a block: a window may be larger than the largest array.
    private readonly byte[]?[] blocks = new byte[plan.BlocksPerWindow][];
    private readonly int[] order = new int[(int)Math.Min((long)plan.BlocksPerWindow * plan.BlockRows, plan.Rows)];
    private readonly int rowBytes = store.DIn * TensorTypes.SizeOf(store.StoredType);
    private bool holdsEverything;

    /// <summary>What the window holds; null before the first <see cref="Load"/> and after one that failed.</summary>
    public WindowOrder? Content { get; private set; }

    public void Load(WindowOrder wanted)
    {
        this.Content = null;
        if (!this.holdsEverything)
        {
            for (int i = 0; i < wanted.Blocks.Count; i++)
            {
                int block = wanted.Blocks[i];
                byte[] vectors = this.blocks[i]
                    ??= GC.AllocateUninitializedArray<byte>(checked(plan.BlockRows * this.rowBytes));
                Span<byte> destination = vectors.AsSpan(0, plan.RowsOfBlock(block) * this.rowBytes);
                rows.ReadStored(store, (long)block * plan.BlockRows, destination);
            }

            this.holdsEverything = plan.Windows == 1;
        }

        Span<int> used = this.order.AsSpan(0, wanted.Rows);
        for (int i = 0; i < used.Length; i++)
        {
            used[i] = i;
        }

        RandomSequence random = new(wanted.Seed, RandomPurpose.Shuffling);
        random.Shuffle(used);
        this.Content = wanted;
    }

    /// <summary>Copies vectors in the window's order, from the given one on.</summary>
    public void CopyTo(int first, Span<byte> destination)
    {
        foreach (int row in this.order.AsSpan(first, destination.Length / this.rowBytes))
        {
            (int block, int offset) = Math.DivRem(row, plan.BlockRows);
            this.blocks[block].AsSpan(offset * this.rowBytes, this.rowBytes).CopyTo(destination);
            destination = destination[this.rowBytes..];
        }
    }
}
