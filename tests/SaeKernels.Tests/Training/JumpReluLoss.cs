namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of JumpReLU encoders and their straight-through gradients, as plain float64 loops; what is active is that
/// of the start. Thresholds are the one vector of the layout, and not negative.
/// </summary>
internal sealed class JumpReluLoss
{
    private readonly GradientInputs inputs;
    private readonly FlatParameters layout;
    private readonly bool[] everFires;

    public JumpReluLoss(GradientInputs inputs)
    {
        this.inputs = inputs;
        this.layout = inputs.Layout;
        double[][] z = inputs.PreActivations;
        this.Active = HeldSelection.Pairs(z, (row, latent) => z[row][latent] > Threshold(inputs.Start, latent));
        this.everFires = [.. z[0].Select((_, latent) => this.Active.Any(row => row[latent]))];
    }

    public bool[][] Active { get; }

    /// <summary>s(t) · λ of L0, or what the squared relative distance from a wanted one costs.</summary>
    public double Coefficient { get; init; }

    /// <summary>The wanted L0; 0 where L0 has a price.</summary>
    public double Wanted { get; init; }

    /// <summary>s(t) · λ of a penalty that saturates; 0 for the other one.</summary>
    public double Saturating { get; init; }

    /// <summary>The weight of the loss on what is not active.</summary>
    public double Inactive { get; init; }

    /// <summary>Whether only latents pay for that which no row activates, and not in lengths of decoder rows.</summary>
    public bool DeadPay { get; init; }

    /// <summary>The rectangle's width ε.</summary>
    public required double Width { get; init; }

    /// <summary>The deviation of a coordinate.</summary>
    public double Deviation => Math.Sqrt(GradientCase.Variance / this.layout.DIn);

    private int Rows => this.Active.Length;

    private double MeanActive => this.Active.Sum(row => row.Count(flag => flag)) / (double)this.Rows;

    public double Of(double[] p)
    {
        double loss = this.Wanted > 0
            ? this.Coefficient * Math.Pow((this.MeanActive / this.Wanted) - 1, 2)
            : this.Coefficient * this.MeanActive;
        double[] norms = [.. Enumerable.Range(0, this.layout.Latents).Select(j => this.layout.DecoderNorm(p, j))];
        for (int row = 0; row < this.Rows; row++)
        {
            double[] z = this.layout.PreActivations(p, this.inputs.Batch[row]);
            loss += Residual(p, row).Sum(e => e * e) / GradientCase.Variance / this.Rows;
            for (int latent = 0; latent < z.Length; latent++)
            {
                loss += this.Active[row][latent]
                    ? this.Saturating / this.Rows * Math.Tanh(4 * z[latent] * norms[latent] / this.Deviation)
                    : Pays(latent) * (this.DeadPay ? 1 : norms[latent]) * (Threshold(p, latent) - z[latent]);
            }
        }

        return loss;
    }

    /// <summary>
    /// Adds ∂θ −= (θ · ∂L/∂f + ∂P/∂n) / ε for pairs with |z − θ| below ε/2, and where it flows to the input
    /// ∂z += θ · ∂L/∂f / ε.
    /// </summary>
    public void AddStraightThrough(double[] gradient, bool flowsToInput)
    {
        double[] p = this.inputs.Start;
        double slope = this.Wanted > 0 ? 2 * ((this.MeanActive / this.Wanted) - 1) / this.Wanted : 1;
        for (int row = 0; row < this.Rows; row++)
        {
            double[] residual = Residual(p, row);
            double[] z = this.layout.PreActivations(p, this.inputs.Batch[row]);
            foreach (int latent in Enumerable.Range(0, z.Length).Where(latent => IsNear(z, latent)))
            {
                double byValue = ByValue(p, latent, residual, this.Active[row][latent] ? z[latent] : 0);
                double flow = Threshold(p, latent) * byValue / this.Width;
                gradient[this.layout.FirstVector + latent] -=
                    flow + (this.Coefficient * slope / this.Rows / this.Width);
                if (flowsToInput)
                {
                    AddToInput(gradient, row, latent, flow);
                }
            }
        }
    }

    /// <summary>Pairs of a row and a latent that are listed: those above the lower edge of the rectangle.</summary>
    public int CountEntries() => this.inputs.PreActivations.Sum(
        z => z.Where((value, latent) => value > Threshold(this.inputs.Start, latent) - (this.Width / 2)).Count());

    /// <summary>Pairs that lie exactly on the threshold.</summary>
    public bool[][] Kinks()
    {
        double[][] z = this.inputs.PreActivations;
        return HeldSelection.Pairs(z, (row, latent) => z[row][latent] == Threshold(this.inputs.Start, latent));
    }

    private double Threshold(double[] p, int latent) => p[this.layout.FirstVector + latent];

    private bool IsNear(double[] z, int latent) =>
        Math.Abs(z[latent] - Threshold(this.inputs.Start, latent)) < this.Width / 2;

    private double[] Residual(double[] p, int row)
    {
        double[] x = this.inputs.Batch[row];
        double[] z = this.layout.PreActivations(p, x);
        return this.layout.Residual(p, x, [.. z.Select((value, j) => this.Active[row][j] ? value : 0)]);
    }

    private double Pays(int latent) =>
        this.DeadPay && this.everFires[latent]
            ? 0
            : this.Inactive / this.layout.DIn / this.Rows / this.Deviation;

    private double ByValue(double[] p, int latent, double[] residual, double value)
    {
        double along = residual.Select((e, d) => e * p[this.layout.WDec + (latent * this.layout.DIn) + d]).Sum();
        double slope = 4 * this.layout.DecoderNorm(p, latent) / this.Deviation;
        double tanh = Math.Tanh(slope * value);
        return (-2 * along / (this.Rows * GradientCase.Variance))
            + (this.Saturating / this.Rows * slope * (1 - (tanh * tanh)));
    }

    private void AddToInput(double[] gradient, int row, int latent, double flow)
    {
        double[] p = this.inputs.Start;
        gradient[this.layout.BEnc + latent] += flow;
        for (int d = 0; d < this.layout.DIn; d++)
        {
            gradient[(latent * this.layout.DIn) + d] += flow * this.layout.Seen(p, this.inputs.Batch[row], d);
            gradient[this.layout.BDec + d] -= flow * p[(latent * this.layout.DIn) + d];
        }
    }
}
