using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// A · Bᵀ of square matrices in the tiles that the encoder has on devices that are CPUs, and nothing else: no bias, no
/// selection, every product stored. What the encoder's selection costs is what lies between the two.
/// </summary>
/// <remarks>
/// The best of the tiles that were tried on PoCL 6 (two cores with AVX-512 that others used as well), 2026-11-22: 4 × 4
/// 32 GFLOP/s, 8 × 8 55, 4 × 16 122 to 144, 12 × 16 130 to 134, 6 × 32 135 to 165, and 8 × 64 in memory 69 to 218. In
/// GFLOP for a second of one processor, 2026-11-23: 4 × 16 105 to 108, 6 × 16 112 to 115, 8 × 16 up to 116.
/// </remarks>
internal sealed class TiledProduct(KernelDevice device)
{
    private readonly InputPanels inputPanels = new(device);
    private readonly Kernel<Parameters> kernel = new(device, Multiply);

    /// <summary>Enqueues a product and returns its operations; a multiply-add counts as two.</summary>
    /// <param name="left">A [size, size].</param>
    /// <param name="right">B [size, size].</param>
    /// <param name="zeros">size zeros.</param>
    /// <param name="product">Receives the product in panels of 16 rows, [size / 16, size, 16].</param>
    /// <param name="size">A multiple of 64.</param>
    public double Launch(
        ArrayView<float> left, ArrayView<float> right, ArrayView<float> zeros, ArrayView<float> product, int size)
    {
        EncoderView view = new()
        {
            Input = left,
            WEnc = right,
            BEnc = zeros,
            Rows = size,
            Latents = size,
            DIn = size,
            IsAligned = 1,
        };
        Parameters parameters = new()
        {
            Factors = view,
            Panels = this.inputPanels.Launch(view),
            Product = product,
        };
        this.kernel.Launch(size / LaneTile.Lanes, 1, parameters);
        return 2.0 * size * size * size;
    }

    private static void Multiply(Parameters p)
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(LaneTile.Length);
        for (int column = 0; column < p.Factors.Latents; column += LaneTile.Latents)
        {
            LaneTile.Compute(p.Factors, p.Panels, Grid.IdxX, column, tile);
            long target = (((long)Grid.IdxX * p.Factors.Latents) + column) * LaneTile.Lanes;
            for (int i = 0; i < LaneTile.Length; i++)
            {
                p.Product[target + i] = tile[i];
            }
        }
    }

    internal struct Parameters
    {
        public EncoderView Factors;
        public ArrayView<float> Panels;
        public ArrayView<float> Product;
    }
}
