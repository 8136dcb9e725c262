using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Half of a warp's band in shared memory, 8 rows × 32 latents: the way from the layout of a product's sums to one in
/// which a lane has one latent. Called in kernels, by all lanes of a warp together.
/// </summary>
internal static class WarpSlab
{
    /// <summary>Lanes of a warp.</summary>
    public const int Lanes = 32;

    /// <summary>Rows of a slab.</summary>
    public const int Rows = 8;

    /// <summary>Elements of shared memory for all warps of a group.</summary>
    public const int SharedLength = ProductTile.MostWarpRows * ProductTile.MostWarpColumns * Length;

    // A pitch that spreads the lanes' stores over the banks.
    private const int Pitch = WarpTile.Latents + 4;
    private const int Length = Rows * Pitch;

    /// <summary>This warp's slab.</summary>
    public static ArrayView<float> OfWarp(ArrayView<float> shared) =>
        shared.SubView(Group.IdxX / Lanes * Length, Length);

    /// <summary>Stores the sums of a band's first eight rows.</summary>
    public static void StoreUpper(ArrayView<float> slab, WarpTile.WarpBand sums)
    {
        StorePair(slab, 0, sums.Sums0.Upper0, sums.Sums0.Upper1);
        StorePair(slab, 1, sums.Sums1.Upper0, sums.Sums1.Upper1);
        StorePair(slab, 2, sums.Sums2.Upper0, sums.Sums2.Upper1);
        StorePair(slab, 3, sums.Sums3.Upper0, sums.Sums3.Upper1);
    }

    /// <summary>Stores the sums of a band's other eight rows.</summary>
    public static void StoreLower(ArrayView<float> slab, WarpTile.WarpBand sums)
    {
        StorePair(slab, 0, sums.Sums0.Lower0, sums.Sums0.Lower1);
        StorePair(slab, 1, sums.Sums1.Lower0, sums.Sums1.Lower1);
        StorePair(slab, 2, sums.Sums2.Lower0, sums.Sums2.Lower1);
        StorePair(slab, 3, sums.Sums3.Lower0, sums.Sums3.Lower1);
    }

    /// <summary>The sum of a row and this lane's latent.</summary>
    public static float Sum(ArrayView<float> slab, int row) => slab[(row * Pitch) + (Group.IdxX % Lanes)];

    private static void StorePair(ArrayView<float> slab, int block, float first, float second)
    {
        int lane = Group.IdxX % Lanes;
        int place = (lane / 4 * Pitch) + (block * 8) + (lane % 4 * 2);
        slab[place] = first;
        slab[place + 1] = second;
    }
}
