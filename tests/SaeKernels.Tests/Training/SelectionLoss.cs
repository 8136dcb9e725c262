namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of architectures that keep the largest pre-activations, as plain float64 loops: what gradients are
/// checked against.
/// </summary>
/// <remarks>
/// Written from the formulas, not from the kernels. What is kept, and the residual that AuxK reconstructs, are those of
/// the start.
/// </remarks>
internal sealed class SelectionLoss(GradientInputs inputs, bool[][] active)
{
    private readonly FlatParameters layout = inputs.Layout;
    private double[][]? heldResiduals;

    /// <summary>Numbers of first latents that reconstruct on their own, with the weights of their losses.</summary>
    public (int End, double Weight)[] Prefixes { get; init; } = [(inputs.Layout.Latents, 1)];

    /// <summary>The weight α of a second reconstruction.</summary>
    public double Alpha { get; init; }

    /// <summary>The dead latents that reconstruct the residual; null for none.</summary>
    public bool[][]? ActiveDead { get; init; }

    /// <summary>The larger number of latents that reconstructs the same; null for none.</summary>
    public bool[][]? ActiveWide { get; init; }

    public double Of(double[] p)
    {
        double loss = this.Prefixes.Sum(prefix => prefix.Weight * MeanSquare(p, active, prefix.End));
        if (this.ActiveWide is not null)
        {
            loss += this.Alpha * MeanSquare(p, this.ActiveWide, this.layout.Latents);
        }

        return this.ActiveDead is null ? loss : loss + (this.Alpha * AuxLoss(p, this.ActiveDead));
    }

    private double MeanSquare(double[] p, bool[][] isActive, int end) =>
        Residuals(p, isActive, end).Sum(residual => residual.Sum(e => e * e))
        / (inputs.Batch.Length * GradientCase.Variance);

    private IEnumerable<double[]> Residuals(double[] p, bool[][] isActive, int end) => inputs.Batch.Select((x, row) =>
        this.layout.Residual(p, Target(p, x, row), Values(p, x, isActive[row]), end));

    private double[] Values(double[] p, double[] x, bool[] isActive) =>
        [.. this.layout.PreActivations(p, x).Select((z, latent) => isActive[latent] ? z : 0)];

    /// <summary>What the latents are to reconstruct of a row.</summary>
    private double[] Target(double[] p, double[] x, int row)
    {
        double[] target = [.. inputs.Targets?[row] ?? x];
        for (int i = 0; this.layout.HasSkip && i < target.Length * x.Length; i++)
        {
            target[i / x.Length] -= p[this.layout.WSkip + i] * x[i % x.Length];
        }

        return target;
    }

    private double AuxLoss(double[] p, bool[][] activeDead)
    {
        double[][] held = this.heldResiduals ??= [.. Residuals(inputs.Start, active, this.layout.Latents)];
        double[] mean = [.. held[0].Select((_, d) => held.Average(e => e[d]))];
        double spread = held.Sum(e => e.Select((v, d) => (v - mean[d]) * (v - mean[d])).Sum());
        return inputs.Batch
            .Select((x, row) =>
                this.layout.Residual(p, held[row], Values(p, x, activeDead[row]), hasBias: false).Sum(e => e * e))
            .Sum() / spread;
    }
}
