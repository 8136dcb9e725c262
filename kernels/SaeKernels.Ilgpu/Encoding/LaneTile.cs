using System.Runtime.CompilerServices;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// A tile of 4 latents × 16 rows that one thread computes: a compiler for CPUs makes a vector of each latent's rows.
/// </summary>
/// <remarks>
/// The rows of a panel are interleaved, so that the 16 values of a column lie together; the four weights are read along
/// their rows. On PoCL 6 (two cores with AVX-512), 2026-11-22: 64 to 144 GFLOP/s on a busy machine, where a tile of
/// 4 × 4 reached 32.
/// </remarks>
internal static class LaneTile
{
    public const int Latents = 4;
    public const int Lanes = 16;
    public const int Length = Latents * Lanes;

    /// <summary>Latents whose weights stay in the cache while all panels of a job go by.</summary>
    public const int LatentsOfChunk = 64;

    /// <summary>Computes canonical pre-activations into a tile [latents, lanes].</summary>
    /// <param name="encoder">The weights.</param>
    /// <param name="panels">[panels, DIn, lanes] inputs.</param>
    /// <param name="panel">The panel's number.</param>
    /// <param name="latent">The first latent; past the last one, the last one is repeated.</param>
    /// <param name="tile">Receives the pre-activations.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute(
        EncoderView encoder, ArrayView<float> panels, int panel, int latent, ArrayView<float> tile)
    {
        int last = encoder.Latents - 1;
        int latent1 = IntrinsicMath.Min(latent + 1, last);
        int latent2 = IntrinsicMath.Min(latent + 2, last);
        int latent3 = IntrinsicMath.Min(latent + 3, last);
        Lane16 sums0 = Lane16.Of(encoder.BEnc[latent]);
        Lane16 sums1 = Lane16.Of(encoder.BEnc[latent1]);
        Lane16 sums2 = Lane16.Of(encoder.BEnc[latent2]);
        Lane16 sums3 = Lane16.Of(encoder.BEnc[latent3]);
        long weights0 = (long)latent * encoder.DIn;
        long weights1 = (long)latent1 * encoder.DIn;
        long weights2 = (long)latent2 * encoder.DIn;
        long weights3 = (long)latent3 * encoder.DIn;
        long start = (long)panel * encoder.DIn * Lanes;
        for (int d = 0; d < encoder.DIn; d++)
        {
            Lane16 inputs = Lane16.Load(panels, start + ((long)d * Lanes));
            sums0 = Lane16.AddProduct(sums0, encoder.WEnc[weights0 + d], inputs);
            sums1 = Lane16.AddProduct(sums1, encoder.WEnc[weights1 + d], inputs);
            sums2 = Lane16.AddProduct(sums2, encoder.WEnc[weights2 + d], inputs);
            sums3 = Lane16.AddProduct(sums3, encoder.WEnc[weights3 + d], inputs);
        }

        Lane16.Store(sums0, tile, 0);
        Lane16.Store(sums1, tile, Lanes);
        Lane16.Store(sums2, tile, 2 * Lanes);
        Lane16.Store(sums3, tile, 3 * Lanes);
    }
}
