using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>How many bits a vector's code takes where each latent is coded on its own.</summary>
/// <remarks>
/// A latent needs h(p) bits to say whether it is active, and where it is, with probability p, the entropy of its linear
/// histogram to say in which bin; DL = Σ h(p) + p · H. The histogram is of active entries only: to count zeros in it as
/// well would pay for silence twice. Finer bins cost more and lose less: figures compare at equal bins.
/// Source: Ayonrinde, Pearce, Sharkey 2024, Interpretability as compression, §3.
/// </remarks>
public sealed record LatentCodeLength
{
    /// <summary>Reads the figures off a backend's statistics.</summary>
    /// <param name="statistics">Statistics with linear bins of the latents over the vectors that are evaluated.</param>
    /// <exception cref="ArgumentException">The statistics have no linear bins.</exception>
    public LatentCodeLength(LatentStatisticsSnapshot statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        int latents = statistics.Counts.Count;
        int bins = statistics.LinearHistogram.Count / Math.Max(1, latents);
        if (bins == 0)
        {
            throw new ArgumentException(
                "LatentCodeLength: the statistics must have linear bins, but have none. "
                + "Set LatentStatisticsLayout.LinearBins and LinearUpper.");
        }

        double[] bits = new double[latents];
        long[] counts = new long[bins];
        for (int latent = 0; latent < latents; latent++)
        {
            for (int bin = 0; bin < bins; bin++)
            {
                counts[bin] = statistics.LinearHistogram[(latent * bins) + bin];
            }

            bits[latent] = BitsOf(statistics.Counts[latent], statistics.Rows, counts);
        }

        this.BitsOfLatents = bits;
        this.BitsPerVector = bits.Sum();
    }

    /// <summary>Bits of each latent a vector, [DSae]; NaN where no vector was seen.</summary>
    public IReadOnlyList<double> BitsOfLatents { get; }

    /// <summary>Bits a vector, the sum over latents; NaN where no vector was seen. Lower at equal FVU.</summary>
    public double BitsPerVector { get; }

    private static double BitsOf(long active, long rows, long[] counts)
    {
        if (rows == 0)
        {
            return double.NaN;
        }

        double probability = (double)active / rows;
        return HistogramEntropy.OfChoice(probability)
            + (active == 0 ? 0 : probability * HistogramEntropy.Of(counts));
    }
}
