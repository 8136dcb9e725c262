using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Selects the K largest of each row within each range of latents: bounded lists of keys, pruned to K once they are
/// long. What was pruned gives the row's running threshold.
/// </summary>
/// <remarks>
/// Lists of one job lie together, in global memory. Where groups have many threads, neighbouring slots lie next to each
/// other, so that the threads that prune them read together.
/// </remarks>
internal struct RowLists : ISelector<RowLists>
{
    // Below this many keys beyond K, pruning costs more than it saves.
    private const int LeastSlack = 64;

    /// <summary>[jobs × <see cref="Capacity"/> × rows of a block] keys.</summary>
    public ArrayView<ulong> Keys;

    /// <summary>[ranges, rows] keys in each list.</summary>
    public ArrayView<int> Lengths;

    /// <summary>[DSae] flags of the latents that may be selected, where <see cref="IsMasked"/>.</summary>
    public ArrayView<int> Mask;
    public TileJob.Jobs Jobs;
    public int Rows;
    public int K;
    public int Capacity;
    public int PruneAt;
    public int IsMasked;

    /// <summary>Whether lists end with K keys at the most: quicker where a thread has rows for itself.</summary>
    public int IsPrunedAtEnd;
    public int SlotStride;
    public int KeyStride;

    public static int StateLength => 2 * TileJob.Slots;

    /// <summary>Makes lists for a batch.</summary>
    /// <param name="device">Holds them.</param>
    /// <param name="name">Names their memory.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="k">Latents that may be kept in each row.</param>
    /// <param name="tiling">The producer's split of the batch, and the latents that its tiles add to a row.</param>
    public static RowLists Create(KernelDevice device, string name, int rows, int k, in Tiling tiling)
    {
        int pruneAt = Math.Max((int)Math.Min(2L * k, int.MaxValue / 2), k + LeastSlack);
        int capacity = Math.Min(pruneAt + tiling.Width, tiling.Jobs.LatentsPerRange);
        ArrayView<int> lengths = device.Scratch.Int($"{name}.Lengths", Math.Max((long)tiling.Jobs.Ranges * rows, 1));
        return new RowLists
        {
            Keys = device.Scratch.Key($"{name}.Keys", (long)tiling.Jobs.Count * tiling.Jobs.RowsPerBlock * capacity),
            Lengths = lengths,
            Mask = lengths,
            Jobs = tiling.Jobs,
            Rows = rows,
            K = k,
            Capacity = capacity,
            PruneAt = pruneAt,
            IsPrunedAtEnd = tiling.IsGrouped ? 0 : 1,
            SlotStride = tiling.IsGrouped ? 1 : capacity,
            KeyStride = tiling.IsGrouped ? TileJob.Slots : 1,
        };
    }

    /// <summary>Makes lists of the flagged latents of a batch.</summary>
    public static RowLists Create(KernelDevice device, string name, int rows, in AuxSelection aux, in Tiling tiling) =>
        Create(device, name, rows, aux.K, tiling) with { Mask = device.View(aux.Mask), IsMasked = 1 };

    public static bool IsIdle(RowLists self) => false;

    public static void Begin(RowLists self, TileJob job, ArrayView<int> state)
    {
        for (int slot = Group.IdxX; slot < TileJob.Slots; slot += Group.DimX)
        {
            state[slot] = 0;
            state[TileJob.Slots + slot] = 1;
        }
    }

    public static bool Accepts(
        RowLists self, TileJob job, ArrayView<int> state, int slot, int latent, uint order)
    {
        bool isAbove = order >= (uint)state[TileJob.Slots + slot];
        if (isAbove && self.IsMasked != 0)
        {
            isAbove = self.Mask[latent] != 0;
        }

        return isAbove;
    }

    public static uint AcceptsLanes(
        RowLists self, TileJob job, ArrayView<int> state, int firstSlot, int latent, ArrayView<float> lanes, int first)
    {
        uint accepted = 0;
        if (self.IsMasked == 0 || self.Mask[latent] != 0)
        {
            accepted = LaneMask.AtLeast(lanes, first, state, TileJob.Slots + firstSlot);
        }

        return accepted;
    }

    public static int Count(RowLists self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) => 0;

    public static int Reserve(RowLists self, int count) => 0;

    public static int Offer(
        RowLists self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place)
    {
        int length = GroupCount.Increment(state, slot);
        self.Keys[Start(self, job.Index, slot) + ((long)length * self.KeyStride)] =
            PreActivationOrder.Key(order, latent);
        return place;
    }

    public static void Tidy(RowLists self, TileJob job, ArrayView<int> state, int firstSlot, int slots)
    {
        for (int slot = firstSlot + Group.IdxX; slot < firstSlot + slots; slot += Group.DimX)
        {
            int length = state[slot];
            if (length >= self.PruneAt)
            {
                ulong smallest = KeyList.KeepLargest(
                    self.Keys, Start(self, job.Index, slot), self.KeyStride, length, self.K);
                state[slot] = self.K;

                // A later latent loses a tie.
                state[TileJob.Slots + slot] = (int)(PreActivationOrder.OfKey(smallest) + 1);
            }
        }
    }

    public static void End(RowLists self, TileJob job, ArrayView<int> state)
    {
        for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
        {
            int length = state[slot];
            if (self.IsPrunedAtEnd != 0 && length > self.K)
            {
                KeyList.KeepLargest(self.Keys, Start(self, job.Index, slot), self.KeyStride, length, self.K);
                length = self.K;
            }

            self.Lengths[((long)job.Range * self.Rows) + job.FirstRow + slot] = length;
        }
    }

    /// <summary>The first key of a list.</summary>
    public static long Start(RowLists self, int job, int slot) =>
        ((long)job * self.Jobs.RowsPerBlock * self.Capacity) + ((long)slot * self.SlotStride);
}
