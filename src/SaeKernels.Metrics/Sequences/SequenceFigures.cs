namespace SaeKernels.Metrics;

/// <summary>Runs and autocorrelations of all latents, as <see cref="SequenceMetric"/> found them.</summary>
public sealed class SequenceFigures
{
    private readonly SequenceTotals totals;

    internal SequenceFigures(SequenceTotals totals)
    {
        this.totals = totals;
    }

    /// <summary>The documents seen; 0 where the data has none.</summary>
    public long Documents => this.totals.Documents;

    /// <summary>How many runs a latent had.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    public long Runs(int latent) => this.totals.Runs[latent];

    /// <summary>The tokens of a latent's longest run; 0 without one.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    public long LongestRun(int latent) => this.totals.LongestRun[latent];

    /// <summary>The mean length of a latent's runs in tokens; NaN without one. At least 1.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    public double MeanRun(int latent) => this.totals.RunTokens[latent] / (double)this.totals.Runs[latent];

    /// <summary>
    /// The mean number of active tokens of the documents on which a latent is active at all; NaN without one. At least
    /// 1. SAELens and SAEBench call it the consistent activation heuristic.
    /// </summary>
    /// <param name="latent">0 to DSae − 1.</param>
    public double TokensPerActiveDocument(int latent) =>
        this.totals.Active[latent] / (double)this.totals.ActiveDocuments[latent];

    /// <summary>
    /// The correlation of being active on a token and on the one <paramref name="lag"/> tokens later, over all pairs of
    /// tokens of one document that far apart; −1 to 1. NaN where there is no pair, or either side never varies.
    /// </summary>
    /// <remarks>
    /// Pearson's, with the means of the two sides of the pairs. A feature that goes on with probability q and starts
    /// with probability β has (q − β)^lag.
    /// </remarks>
    /// <param name="latent">0 to DSae − 1.</param>
    /// <param name="lag">One of the metric's lags.</param>
    /// <exception cref="ArgumentException">The lag was not counted.</exception>
    public double Autocorrelation(int latent, int lag)
    {
        int index = this.totals.Lags.ToList().IndexOf(lag);
        if (index < 0)
        {
            throw new ArgumentException(
                $"SequenceFigures: lag must be one of {string.Join(", ", this.totals.Lags)}, but is {lag}. "
                + "Name it when the metric is made.");
        }

        int place = this.totals.PlaceOf(index, latent);
        return ActivityCorrelation.Of(
            this.totals.Pairs[index],
            this.totals.Both[place],
            this.totals.Active[latent] - this.totals.WithoutLater[place],
            this.totals.Active[latent] - this.totals.WithoutEarlier[place]);
    }
}
