namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of architectures that keep the largest pre-activations, as plain float64 loops over a flat parameter
/// vector: what gradients are checked against.
/// </summary>
/// <remarks>
/// Written from the formulas, not from the kernels. The residual that AuxK reconstructs is the one of the start.
/// </remarks>
internal sealed class SelectionLossOracle(int dIn, int latents, double variance, double[][] batch)
{
    private double[][]? frozenResiduals;

    public const int WEncStart = 0;

    public int BEncStart => latents * dIn;

    public int WDecStart => this.BEncStart + latents;

    public int BDecStart => this.WDecStart + (latents * this.DOut);

    public int WSkipStart => this.BDecStart + this.DOut;

    public int Count => this.WSkipStart + (this.HasSkip ? this.DOut * dIn : 0);

    /// <summary>What a transcoder reconstructs; null where the batch is reconstructed.</summary>
    public double[][]? Targets { get; init; }

    /// <summary>Whether a linear map of the batch is added to what the latents reconstruct.</summary>
    public bool HasSkip { get; init; }

    public int DOut => this.Targets?[0].Length ?? dIn;

    /// <summary>Which latents each row keeps, given all pre-activations.</summary>
    public required Func<double[][], bool[][]> Select { get; init; }

    public double Alpha { get; init; }

    public int AuxK { get; init; } = 1;

    /// <summary>Latents of a second reconstruction, whose loss has the weight α; 0 for none.</summary>
    public int WideK { get; init; }

    public bool[] Dead { get; init; } = new bool[latents];

    /// <summary>Numbers of first latents that reconstruct on their own, with the weights of their losses.</summary>
    public (int End, double Weight)[] Prefixes { get; init; } = [(latents, 1)];

    /// <summary>The K largest of every row.</summary>
    public static bool[][] TopK(double[][] preActivations, int k) =>
        [.. preActivations.Select(row => row.Select(p => row.Count(other => other > p) < k).ToArray())];

    /// <summary>The largest of each of K groups of neighbours in every row.</summary>
    public static bool[][] GroupMax(double[][] preActivations, int k) =>
    [
        .. preActivations.Select(row => row
            .Chunk(row.Length / k)
            .SelectMany(group => group.Select(p => p == group.Max()))
            .ToArray()),
    ];

    /// <summary>The rows · K largest of the batch.</summary>
    public static bool[][] BatchTopK(double[][] preActivations, int k)
    {
        double[] all = [.. preActivations.SelectMany(row => row).OrderDescending()];
        double cut = all[(preActivations.Length * k) - 1];
        return [.. preActivations.Select(row => row.Select(p => p >= cut).ToArray())];
    }

    public double Loss(double[] parameters)
    {
        double[][] preActivations = [.. batch.Select(x => PreActivations(parameters, x))];
        bool[][] kept = Select(preActivations);
        double loss = 0;
        double[][] residuals = [];
        foreach ((int end, double weight) in this.Prefixes)
        {
            residuals =
            [
                .. batch.Select((x, b) => Residual(
                    parameters,
                    Target(parameters, x, b),
                    preActivations[b],
                    j => kept[b][j] && j < end,
                    withBias: true)),
            ];
            loss += weight * residuals.Sum(SquaredNorm) / (batch.Length * variance);
        }

        if (this.WideK > 0)
        {
            bool[][] wide = TopK(preActivations, this.WideK);
            loss += this.Alpha / (batch.Length * variance) * batch.Select((x, b) => SquaredNorm(
                Residual(parameters, Target(parameters, x, b), preActivations[b], j => wide[b][j], withBias: true)))
                .Sum();
        }

        this.frozenResiduals ??= residuals;
        return this.Alpha > 0 && this.Dead.Any(flag => flag)
            ? loss + (this.Alpha * AuxLoss(parameters, preActivations))
            : loss;
    }

    /// <summary>What the latents are to reconstruct of a row.</summary>
    private double[] Target(double[] p, double[] x, int row) =>
        !this.HasSkip ? this.Targets?[row] ?? x
        : [
            .. this.Targets![row].Select((y, output) =>
                y - x.Select((number, d) => p[this.WSkipStart + (output * dIn) + d] * number).Sum()),
        ];

    private static double SquaredNorm(double[] vector) => vector.Sum(v => v * v);

    private double AuxLoss(double[] parameters, double[][] preActivations)
    {
        double[][] targets = this.frozenResiduals!;
        double[] mean = [.. Enumerable.Range(0, this.DOut).Select(d => targets.Average(e => e[d]))];
        double spread = targets.Sum(e => e.Select((v, d) => (v - mean[d]) * (v - mean[d])).Sum());
        double[][] ofDead =
            [.. preActivations.Select(row => row.Select((p, j) => this.Dead[j] ? p : double.MinValue).ToArray())];
        bool[][] kept = TopK(ofDead, this.AuxK);
        double left = 0;
        for (int b = 0; b < batch.Length; b++)
        {
            left += SquaredNorm(Residual(
                parameters, targets[b], preActivations[b], j => kept[b][j] && this.Dead[j], withBias: false));
        }

        return left / spread;
    }

    private double[] Residual(
        double[] p, double[] target, double[] preActivations, Func<int, bool> isKept, bool withBias)
    {
        double[] result = [.. target.Select((t, d) => t - (withBias ? p[this.BDecStart + d] : 0))];
        for (int latent = 0; latent < latents; latent++)
        {
            double value = isKept(latent) ? Math.Max(0, preActivations[latent]) : 0;
            for (int d = 0; d < result.Length; d++)
            {
                result[d] -= value * p[this.WDecStart + (latent * result.Length) + d];
            }
        }

        return result;
    }

    private double[] PreActivations(double[] p, double[] x) =>
    [
        .. Enumerable.Range(0, latents).Select(latent => p[this.BEncStart + latent] + Enumerable.Range(0, dIn)
            .Sum(d => (x[d] - (this.Targets is null ? p[this.BDecStart + d] : 0)) * p[WEncStart + (latent * dIn) + d])),
    ];
}
