using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>The canonical pre-activation of one row and latent; called in kernels, by any thread for itself.</summary>
internal static class CanonicalChain
{
    /// <summary>Returns b_enc + W_enc · x as one chain of fused multiply-adds, d ascending.</summary>
    public static float Compute(EncoderView encoder, int row, int latent)
    {
        long input = (long)row * encoder.DIn;
        long weights = (long)latent * encoder.DIn;
        float sum = encoder.BEnc[latent];
        int d = 0;
        int whole = encoder.DIn / Quad.Length * Quad.Length;
        while (d < whole)
        {
            Quad w = Quad.Load(encoder.WEnc, weights, d, encoder.DIn, encoder.IsAligned != 0);
            Quad x = Quad.Load(encoder.Input, input, d, encoder.DIn, encoder.IsAligned != 0);
            sum = Fma(w.V3, x.V3, Fma(w.V2, x.V2, Fma(w.V1, x.V1, Fma(w.V0, x.V0, sum))));
            d += Quad.Length;
        }

        while (d < encoder.DIn)
        {
            sum = Fma(encoder.WEnc[weights + d], encoder.Input[input + d], sum);
            d++;
        }

        return sum;
    }
}
