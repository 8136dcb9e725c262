using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>What the radii of latents depend on.</summary>
internal struct ScreeningLatents
{
    public ArrayView<float> Norms;
    public ArrayView<float> Errors;
    public ArrayView<float> BEnc;
    public ScreeningBound Bound;
    public int Latents;

    /// <summary>Returns the radius of a row's pre-activation; 0 where nothing is to be proven.</summary>
    public static float Radius(ScreeningLatents self, ScreeningRow row, int latent)
    {
        float radius = 0;
        if (self.Bound.IsExact != 0)
        {
            radius = ScreeningBound.Radius(
                row.FactorOfNorm,
                row.FactorOfError,
                self.Norms[latent],
                self.Errors[latent],
                ScreeningBound.PartOfBias(self.Bound, self.BEnc[latent]));
        }

        return radius;
    }
}
