using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   codes from the selected keys of each row: by ascending latent, negative values clipped to 0
/// Work       batch · k² comparisons
/// Traffic    16 · batch · k bytes; the k² reads of a row hit the cache
/// Launch     groups take rows in turns, threads take entries in turns; one group counts flagged latents
/// Shared     1.1 KiB        Barriers  2, in the count only
/// Order      an entry's place is the number of smaller latents in its row; deterministic
/// Error      none
/// Source     rank by counting
/// </summary>
internal sealed class SelectedRows(KernelDevice device)
{
    private readonly Kernel<CountParameters> countKernel = new(device, CountFlagged);
    private readonly Kernel<StoreParameters> storeKernel = new(device, StoreRows);

    /// <summary>Stores rows of exactly k entries.</summary>
    public void Store(ArrayView<ulong> keys, int rows, int k, SparseCodes codes) =>
        Store(keys, rows, k, codes, device.Scratch.Int("SelectedRows.Flagged", 1), isLimited: 0);

    /// <summary>Stores rows of k entries, or as many as there are flagged latents where that is fewer.</summary>
    public void StoreFlagged(
        ArrayView<ulong> keys, int rows, int k, SparseCodes codes, ArrayView<int> mask, int latents)
    {
        ArrayView<int> flagged = device.Scratch.Int("SelectedRows.Flagged", 1);
        CountParameters parameters = new() { Mask = mask, Flagged = flagged, Latents = latents };
        this.countKernel.Launch(1, device.GroupSize, parameters);
        Store(keys, rows, k, codes, flagged, isLimited: 1);
    }

    private void Store(ArrayView<ulong> keys, int rows, int k, SparseCodes codes, ArrayView<int> flagged, int isLimited)
    {
        StoreParameters parameters = new()
        {
            Keys = keys,
            Flagged = flagged,
            Codes = CodesView.Of(device, codes),
            NeededEntries = device.View(codes.NeededEntries),
            Rows = rows,
            K = k,
            IsLimited = isLimited,
        };
        // A batch of no rows still has an offset to write.
        this.storeKernel.Launch(Math.Max(device.Groups(rows), 1), device.GroupSize, parameters);
    }

    private static void CountFlagged(CountParameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int count = 0;
        for (int latent = Group.IdxX; latent < p.Latents; latent += Group.DimX)
        {
            count += p.Mask[latent] != 0 ? 1 : 0;
        }

        count = GroupReduction.Sum(shared, count);
        if (Group.IdxX == 0)
        {
            p.Flagged[0] = count;
        }
    }

    private static void StoreRows(StoreParameters p)
    {
        int length = p.IsLimited != 0 ? IntrinsicMath.Min(p.K, p.Flagged[0]) : p.K;
        if (Grid.IdxX == 0 && Group.IdxX == 0)
        {
            p.Codes.RowOffsets[0] = 0;
            p.NeededEntries[0] = (long)p.Rows * length;
        }

        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            if (Group.IdxX == 0)
            {
                p.Codes.RowOffsets[row + 1] = (row + 1) * length;
            }

            for (int entry = Group.IdxX; entry < length; entry += Group.DimX)
            {
                ulong key = p.Keys[((long)row * p.K) + entry];
                int target = (row * length) + Rank(p, row, length, TopKHeap.Latent(key));
                p.Codes.Indices[target] = TopKHeap.Latent(key);
                p.Codes.Values[target] = TopKHeap.ClippedValue(key);
            }
        }
    }

    private static int Rank(StoreParameters p, int row, int length, int latent)
    {
        int rank = 0;
        for (int other = 0; other < length; other++)
        {
            rank += TopKHeap.Latent(p.Keys[((long)row * p.K) + other]) < latent ? 1 : 0;
        }

        return rank;
    }

    internal struct CountParameters
    {
        public ArrayView<int> Mask;
        public ArrayView<int> Flagged;
        public int Latents;
    }

    internal struct StoreParameters
    {
        public ArrayView<ulong> Keys;
        public ArrayView<int> Flagged;
        public CodesView Codes;
        public ArrayView<long> NeededEntries;
        public int Rows;
        public int K;
        public int IsLimited;
    }
}
