using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Vectors in memory, in float32, and the order in which they are handed out.</summary>
internal sealed class ShuffleWindow(ActivationStore store, RowSet rows, ShufflePlan plan)
{
    // One array a block: a window may be larger than the largest array.
    private readonly float[]?[] blocks = new float[plan.BlocksPerWindow][];
    private readonly int[] order = new int[(int)Math.Min((long)plan.BlocksPerWindow * plan.BlockRows, plan.Rows)];
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
                float[] vectors = this.blocks[i]
                    ??= GC.AllocateUninitializedArray<float>(checked(plan.BlockRows * store.DIn));
                Span<float> destination = vectors.AsSpan(0, plan.RowsOfBlock(block) * store.DIn);
                rows.Read(store, (long)block * plan.BlockRows, destination);
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
    public void CopyTo(int first, Span<float> destination)
    {
        int width = store.DIn;
        foreach (int row in this.order.AsSpan(first, destination.Length / width))
        {
            (int block, int offset) = Math.DivRem(row, plan.BlockRows);
            this.blocks[block].AsSpan(offset * width, width).CopyTo(destination);
            destination = destination[width..];
        }
    }
}
