namespace SaeKernels.Ilgpu;

/// <summary>The sums of one warp: 64 rows × 32 latents, as four by four blocks of 16 × 8; all in registers.</summary>
/// <remarks>
/// Fields, not an array: ILGPU 1.5.3 unrolls no loop and keeps arrays in local memory. Loads of a step: four for 64
/// rows and two for 32 latents, for sixteen products.
/// </remarks>
internal struct WarpTile
{
    public const int Rows = 64;
    public const int Latents = 32;

    public WarpBand Band0;
    public WarpBand Band1;
    public WarpBand Band2;
    public WarpBand Band3;

    /// <summary>Adds the products of 16 rows with 32 latents.</summary>
    public static WarpBand Add<TProduct>(WarpBand sums, Fragment rows, Fragment latents, Fragment moreLatents)
        where TProduct : struct, IMatrixProduct => new()
        {
            Sums0 = TProduct.Add(sums.Sums0, rows, latents.Word0, latents.Word2),
            Sums1 = TProduct.Add(sums.Sums1, rows, latents.Word1, latents.Word3),
            Sums2 = TProduct.Add(sums.Sums2, rows, moreLatents.Word0, moreLatents.Word2),
            Sums3 = TProduct.Add(sums.Sums3, rows, moreLatents.Word1, moreLatents.Word3),
        };

    /// <summary>The sums of 16 rows × 32 latents.</summary>
    internal struct WarpBand
    {
        public Accumulator Sums0;
        public Accumulator Sums1;
        public Accumulator Sums2;
        public Accumulator Sums3;
    }
}
