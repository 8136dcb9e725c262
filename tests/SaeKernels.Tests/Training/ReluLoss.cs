namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of ReLU encoders with a price of activations, as plain float64 loops; what is active is that of the
/// start.
/// </summary>
internal sealed class ReluLoss(GradientInputs inputs, bool[][] active)
{
    public GradientInputs Inputs => inputs;

    public bool[][] Active => active;

    /// <summary>λ at this step.</summary>
    public required double Coefficient { get; init; }

    /// <summary>Whether activations are weighted by the lengths of decoder rows.</summary>
    public bool ByNorm { get; init; }

    /// <summary>The widths of sites, whose lengths are summed; empty for one site.</summary>
    public int[] Sites { get; init; } = [];

    /// <summary>The power of activations that is paid for.</summary>
    public double Exponent { get; init; } = 1;

    /// <summary>Numbers of first latents that reconstruct and pay on their own, each with the same weight.</summary>
    public int[] Ends { get; init; } = [inputs.Layout.Latents];

    public double Of(double[] p)
    {
        FlatParameters layout = inputs.Layout;
        double[] weights =
        [
            .. Enumerable.Range(0, layout.Latents)
                .Select(latent => this.ByNorm ? layout.DecoderNorm(p, latent, this.Sites) : 1),
        ];
        double root = Math.Sqrt(GradientCase.Variance);
        double loss = 0;
        for (int row = 0; row < active.Length; row++)
        {
            double[] x = inputs.Batch[row];
            double[] z = [.. layout.PreActivations(p, x).Select((value, latent) => active[row][latent] ? value : 0)];
            foreach (int end in this.Ends)
            {
                loss += layout.Residual(p, x, z, end).Sum(e => e * e) / GradientCase.Variance;
                for (int latent = 0; latent < end; latent++)
                {
                    loss += this.Coefficient / root * weights[latent] * Cost(z[latent], root);
                }
            }
        }

        return loss / (active.Length * this.Ends.Length);
    }

    private double Cost(double z, double root)
    {
        double offset = this.Exponent < 1 ? 1e-3 * root : 0;
        return Math.Pow(z + offset, this.Exponent) - Math.Pow(offset, this.Exponent);
    }
}
