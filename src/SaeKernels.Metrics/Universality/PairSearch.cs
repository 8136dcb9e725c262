using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Finds the best partners in sums over pairs.</summary>
internal sealed class PairSearch
{
    private readonly LatentStatisticsSnapshot first;
    private readonly LatentStatisticsSnapshot second;
    private readonly PairedLatent[] ofFirst;
    private readonly PairedLatent[] ofSecond;
    private readonly PairedLatent[] mostMasked;
    private readonly PairedLatent[] mostMaskedOfSecond;
    private readonly double edgesFrom;
    private readonly List<PairEdge> edges = [];

    public PairSearch(LatentStatisticsSnapshot first, LatentStatisticsSnapshot second, double edgesFrom)
    {
        this.first = first;
        this.second = second;
        this.edgesFrom = edgesFrom;
        this.ofFirst = new PairedLatent[first.Counts.Count];
        this.ofSecond = new PairedLatent[second.Counts.Count];
        this.mostMasked = new PairedLatent[first.Counts.Count];
        this.mostMaskedOfSecond = new PairedLatent[second.Counts.Count];
        PairedLatent none = new(-1, double.NaN, double.NaN);
        Array.Fill(this.ofFirst, none);
        Array.Fill(this.ofSecond, none);
        Array.Fill(this.mostMasked, none);
        Array.Fill(this.mostMaskedOfSecond, none);
    }

    public PairedLatents Result => new(this.ofFirst, this.ofSecond, this.mostMasked, this.mostMaskedOfSecond)
    {
        Edges = this.edges,
        DensityOfFirst = Densities(this.first),
        DensityOfSecond = Densities(this.second),
    };

    /// <summary>
    /// Looks through all pairs of some latents of the first model; of equal ones the lowest latent wins.
    /// </summary>
    public void Look(int from, PairSnapshot pairs)
    {
        for (int row = 0; row < pairs.Count; row++)
        {
            int i = from + row;
            for (int j = 0; j < this.ofSecond.Length; j++)
            {
                double product = pairs.Products[row][j];
                double correlation = Correlation(i, j, product);
                double masked = MaskedCosine(i, j, product, pairs.Squares[row][j], pairs.OtherSquares[row][j]);
                if (IsMore(correlation, this.ofFirst[i].Correlation))
                {
                    this.ofFirst[i] = new PairedLatent(j, correlation, masked);
                }

                if (IsMore(correlation, this.ofSecond[j].Correlation))
                {
                    this.ofSecond[j] = new PairedLatent(i, correlation, masked);
                }

                if (IsMore(masked, this.mostMasked[i].MaskedCosine))
                {
                    this.mostMasked[i] = new PairedLatent(j, correlation, masked);
                }

                if (IsMore(masked, this.mostMaskedOfSecond[j].MaskedCosine))
                {
                    this.mostMaskedOfSecond[j] = new PairedLatent(i, correlation, masked);
                }

                if (masked >= this.edgesFrom)
                {
                    this.edges.Add(new PairEdge(i, j, correlation, masked));
                }
            }
        }
    }

    private static double[] Densities(LatentStatisticsSnapshot statistics) =>
        [.. statistics.Counts.Select(count => count / (double)statistics.Rows)];

    private static bool IsMore(double value, double than) =>
        value > than || (double.IsNaN(than) && !double.IsNaN(value));

    private double Correlation(int i, int j, double product) => PearsonCorrelation.Of(
        this.first.Rows,
        this.first.Sums[i],
        this.first.SumsOfSquares[i],
        this.second.Sums[j],
        this.second.SumsOfSquares[j],
        product);

    private double MaskedCosine(int i, int j, double product, double firstSquares, double secondSquares)
    {
        if (this.first.Counts[i] == 0 || this.second.Counts[j] == 0)
        {
            return double.NaN;
        }

        double whereFirst = Cosine(product, this.first.SumsOfSquares[i], secondSquares);
        double whereSecond = Cosine(product, firstSquares, this.second.SumsOfSquares[j]);
        return Math.Max(whereFirst, whereSecond);
    }

    private static double Cosine(double product, double left, double right) =>
        product == 0 ? 0 : product / (Math.Sqrt(left) * Math.Sqrt(right));
}
