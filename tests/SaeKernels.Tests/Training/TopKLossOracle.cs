namespace SaeKernels.Tests.Training;

/// <summary>
/// The TopK loss with AuxK as plain float64 loops over a flat parameter vector: what gradients are checked against.
/// </summary>
/// <remarks>
/// Written from the formula, not from the kernels. The residual that AuxK reconstructs is the one of the start.
/// </remarks>
internal sealed class TopKLossOracle(
    int dIn, int latents, int k, int auxK, double alpha, double variance, bool[] dead, double[][] batch)
{
    private double[][]? frozenResiduals;

    public const int WEncStart = 0;

    public int BEncStart => latents * dIn;

    public int WDecStart => this.BEncStart + latents;

    public int BDecStart => this.WDecStart + (latents * dIn);

    public int Count => this.BDecStart + dIn;

    public double Loss(double[] parameters)
    {
        double[][] residuals = [.. batch.Select(x => Residual(parameters, x, x, k, _ => true, withBias: true))];
        this.frozenResiduals ??= residuals;
        double loss = residuals.Sum(SquaredNorm) / (batch.Length * variance);
        if (alpha > 0 && dead.Any(flag => flag))
        {
            loss += alpha * AuxLoss(parameters);
        }

        return loss;
    }

    private static double SquaredNorm(double[] vector) => vector.Sum(v => v * v);

    private double AuxLoss(double[] parameters)
    {
        double[][] targets = this.frozenResiduals!;
        double[] mean = [.. Enumerable.Range(0, dIn).Select(d => targets.Average(e => e[d]))];
        double spread = targets.Sum(e => e.Select((v, d) => (v - mean[d]) * (v - mean[d])).Sum());
        double left = 0;
        for (int b = 0; b < batch.Length; b++)
        {
            left += SquaredNorm(Residual(parameters, batch[b], targets[b], auxK, j => dead[j], withBias: false));
        }

        return left / spread;
    }

    private double[] Residual(
        double[] p, double[] x, double[] target, int count, Func<int, bool> eligible, bool withBias)
    {
        double[] result = [.. target.Select((t, d) => t - (withBias ? p[this.BDecStart + d] : 0))];
        IEnumerable<(int Latent, double Value)> selected = Enumerable.Range(0, latents)
            .Where(eligible)
            .Select(j => (j, PreActivation(p, x, j)))
            .OrderByDescending(pair => pair.Item2)
            .Take(count);
        foreach ((int latent, double value) in selected.Where(pair => pair.Value > 0))
        {
            for (int d = 0; d < dIn; d++)
            {
                result[d] -= value * p[this.WDecStart + (latent * dIn) + d];
            }
        }

        return result;
    }

    private double PreActivation(double[] p, double[] x, int latent)
    {
        double sum = p[this.BEncStart + latent];
        for (int d = 0; d < dIn; d++)
        {
            sum += (x[d] - p[this.BDecStart + d]) * p[WEncStart + (latent * dIn) + d];
        }

        return sum;
    }
}
