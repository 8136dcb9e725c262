namespace SaeKernels.Metrics;

/// <summary>
/// Whether activations are better described by an exponential and a normal part than by one distribution that falls:
/// the difference of Bayesian information criteria.
/// </summary>
/// <remarks>
/// <para>BIC = p · ln n − 2 · ln L with p free numbers at their most likely values: 1 for an exponential, 2 for a gamma
/// distribution, 4 for the mixture (share, rate, mean, sigma), which is fitted by expectation and maximisation from two
/// starts. Activations are those of the middles of linear bins; sigma is at least a bin.</para>
/// <para>It is evidence beside <see cref="ActivationClustering"/>, and no verdict: of two wrong descriptions the one
/// with more numbers may win, as it does for uniform activations.</para>
/// </remarks>
public static class MixtureEvidence
{
    private const int Rounds = 200;
    private const double Converged = 1e-7;

    /// <summary>
    /// Returns the lower BIC of exponential and gamma minus that of the mixture: above 0 where the mixture is the
    /// better description, above 10 clearly so. NaN below <see cref="ActivationClustering.LeastCount"/> activations.
    /// </summary>
    /// <param name="counts">How many activations fell into each of the linear bins on [0, max].</param>
    /// <param name="max">The upper edge of the last bin; above 0.</param>
    public static double Of(ReadOnlySpan<long> counts, double max)
    {
        double width = max / counts.Length;
        List<(double Value, double Count)> values = [];
        double n = 0;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] > 0)
            {
                values.Add(((bin + 0.5) * width, counts[bin]));
                n += counts[bin];
            }
        }

        if (n < ActivationClustering.LeastCount)
        {
            return double.NaN;
        }

        double single = Math.Min(
            Math.Log(n) - (2 * Exponential(values, n)), (2 * Math.Log(n)) - (2 * Gamma(values, n)));
        (double Value, double Count)[] sorted = [.. values];
        double mixture = Math.Max(
            Mixture(sorted, n, Start.Of(sorted, n, 0.9), width), Mixture(sorted, n, Start.Of(sorted, n, 0.6), width));
        return single - ((4 * Math.Log(n)) - (2 * mixture));
    }

    private static double Exponential(List<(double Value, double Count)> values, double n)
    {
        double mean = values.Sum(pair => pair.Value * pair.Count) / n;
        return -n * (Math.Log(mean) + 1);
    }

    private static double Gamma(List<(double Value, double Count)> values, double n)
    {
        double mean = values.Sum(pair => pair.Value * pair.Count) / n;
        double meanLog = values.Sum(pair => Math.Log(pair.Value) * pair.Count) / n;
        double gap = Math.Log(mean) - meanLog;
        if (!(gap > 1e-9))
        {
            return double.NegativeInfinity;
        }

        // Newton's method from Minka's approximation, "Estimating a gamma distribution", 2002.
        double shape = (3 - gap + Math.Sqrt(((gap - 3) * (gap - 3)) + (24 * gap))) / (12 * gap);
        for (int round = 0; round < 10; round++)
        {
            double error = Math.Log(shape) - GammaFunctions.Digamma(shape) - gap;
            shape -= error / ((1 / shape) - GammaFunctions.Trigamma(shape));
        }

        double normalisation = GammaFunctions.LogGamma(shape) + (shape * Math.Log(mean / shape));
        return n * (((shape - 1) * meanLog) - shape - normalisation);
    }

    private static double Mixture((double Value, double Count)[] values, double n, Start fit, double width)
    {
        double before = double.NegativeInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            (double upper, double first, double second, double lower, double logLikelihood) = (0, 0, 0, 0, 0);
            double rate = Math.Log(fit.Rate * (1 - fit.Share));
            double scale = Math.Log(fit.Share / (fit.Sigma * Math.Sqrt(2 * Math.PI)));
            foreach ((double value, double count) in values)
            {
                double falls = Math.Exp(rate - (fit.Rate * value));
                double distance = (value - fit.Mean) / fit.Sigma;
                double clusters = Math.Exp(scale - (0.5 * distance * distance));
                double density = falls + clusters;
                double part = clusters / density * count;
                upper += part;
                first += part * value;
                second += part * value * value;
                lower += (count - part) * value;
                logLikelihood += count * Math.Log(density);
            }

            if (!(logLikelihood - before > Converged * n) || upper < 1 || upper > n - 1)
            {
                return Math.Max(before, logLikelihood);
            }

            before = logLikelihood;
            double mean = first / upper;
            double sigma = Math.Sqrt(Math.Max(0, (second / upper) - (mean * mean)));
            fit = new Start(upper / n, (n - upper) / lower, mean, Math.Max(sigma, width));
        }

        return before;
    }

    /// <summary>The four numbers of a mixture.</summary>
    private readonly record struct Start(double Share, double Rate, double Mean, double Sigma)
    {
        /// <summary>The mixture whose normal part is what lies above a quantile.</summary>
        public static Start Of((double Value, double Count)[] values, double n, double quantile)
        {
            (double below, double belowSum, double above, double aboveSum, double aboveSquares) = (0, 0, 0, 0, 0);
            foreach ((double value, double count) in values)
            {
                if (below + count <= quantile * n || below == 0)
                {
                    below += count;
                    belowSum += count * value;
                }
                else
                {
                    above += count;
                    aboveSum += count * value;
                    aboveSquares += count * value * value;
                }
            }

            if (above == 0)
            {
                return new Start(0.1, below / belowSum, values[^1].Value, values[^1].Value);
            }

            double mean = aboveSum / above;
            double variance = Math.Max((aboveSquares / above) - (mean * mean), 1e-4 * mean * mean);
            return new Start(above / n, below / belowSum, mean, Math.Sqrt(variance));
        }
    }
}
