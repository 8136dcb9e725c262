using System.Numerics;

namespace SaeKernels.Metrics;

/// <summary>
/// Whether activations cluster at high values after an initial decrease: a second mode, the valley before it, and how
/// much lies above.
/// </summary>
/// <remarks>
/// <para>The density of the nonzero activations is estimated by a Gaussian kernel on the middles of linear bins over
/// [0, max], reflected at 0, with bandwidth 0.9 · min(σ, IQR / 1.34) · n^(−1/5). Going upward from the first maximum,
/// the valley is the lowest density so far; activations are clustered where a later density is at least
/// <see cref="LeastRatio"/> times that of the valley, at least <see cref="LeastMass"/> of the activations lie above the
/// valley and <see cref="LeastMassBelow"/> up to it. Among those places the one of the largest ratio is the
/// mode.</para>
/// <para>Below <see cref="LeastCount"/> activations it says too few: at 200 up to 8 % of uniform samples would be
/// called clustered. At 2,000, none of 300 exponential, gamma, half-normal or uniform samples is.</para>
/// </remarks>
public readonly record struct ActivationClustering
{
    /// <summary>What <see cref="Verdict"/> says of a second mode.</summary>
    public const string Clustered = "clustered";

    /// <summary>What <see cref="Verdict"/> says where there is none.</summary>
    public const string NotClustered = "not-clustered";

    /// <summary>What <see cref="Verdict"/> says where there are too few activations to tell.</summary>
    public const string TooFew = "too-few";

    /// <summary>The fewest activations that allow a verdict.</summary>
    public const int LeastCount = 500;

    /// <summary>The least density at the mode over that at the valley.</summary>
    public const double LeastRatio = 1.5;

    /// <summary>The least share of activations above the valley.</summary>
    public const double LeastMass = 0.05;

    /// <summary>
    /// The least share of activations up to the valley: a few stragglers below a single mode are no initial decrease.
    /// </summary>
    public const double LeastMassBelow = 0.01;

    /// <summary><see cref="Clustered"/>, <see cref="NotClustered"/> or <see cref="TooFew"/>.</summary>
    public required string Verdict { get; init; }

    /// <summary>The activation of the valley; NaN unless clustered.</summary>
    public double Valley { get; init; }

    /// <summary>The activation of the mode; NaN unless clustered.</summary>
    public double Mode { get; init; }

    /// <summary>
    /// Density at the mode over that at the valley; ∞ where the valley is empty; NaN unless clustered.
    /// </summary>
    public double Ratio { get; init; }

    /// <summary>The share of activations above the valley; NaN unless clustered.</summary>
    public double Mass { get; init; }

    /// <summary>
    /// The largest density over that at 0: 1 where density falls from 0 on, large where activations keep away from 0;
    /// ∞ where nothing is near 0; NaN where there are too few.
    /// </summary>
    public double PeakRatio { get; init; }

    /// <summary>Looks for a cluster.</summary>
    /// <param name="counts">How many activations fell into each of the linear bins on [0, max].</param>
    /// <param name="max">The upper edge of the last bin; above 0.</param>
    /// <param name="sigma">The standard deviation of the activations.</param>
    /// <param name="interquartileRange">Their 75 % quantile minus their 25 % quantile.</param>
    public static ActivationClustering Of(
        ReadOnlySpan<long> counts, double max, double sigma, double interquartileRange)
    {
        long total = 0;
        foreach (long count in counts)
        {
            total += count;
        }

        if (total < LeastCount)
        {
            return Without(TooFew);
        }

        double narrow = interquartileRange / 1.34;
        double spread = narrow > 0 ? Math.Min(sigma, narrow) : sigma;
        double width = max / counts.Length;
        double bandwidth = 0.9 * spread * Math.Pow(total, -0.2);
        // Activations that are all equal have no density; all of it is away from 0.
        return bandwidth > 0
            ? Scan(Smooth(counts, bandwidth / width), counts, width, total)
            : Without(NotClustered) with { PeakRatio = double.PositiveInfinity };
    }

    private static ActivationClustering Without(string verdict) => new()
    {
        Verdict = verdict,
        Valley = double.NaN,
        Mode = double.NaN,
        Ratio = double.NaN,
        Mass = double.NaN,
        PeakRatio = double.NaN,
    };

    /// <summary>Spreads the counts over their neighbours, and what would go below 0 back.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="bandwidth">In bins.</param>
    private static double[] Smooth(ReadOnlySpan<long> counts, double bandwidth)
    {
        int bins = counts.Length;
        // Element bins + d is the kernel at a distance of d bins, −bins to 2 · bins.
        double[] kernel = new double[(3 * bins) + 1];
        for (int i = 0; i < kernel.Length; i++)
        {
            double distance = (i - bins) / bandwidth;
            kernel[i] = Math.Exp(-0.5 * distance * distance);
        }

        double[] density = new double[bins];
        for (int bin = 0; bin < bins; bin++)
        {
            if (counts[bin] > 0)
            {
                AddScaled(kernel.AsSpan(bins - bin, bins), counts[bin], density);
                AddScaled(kernel.AsSpan(bins + bin + 1, bins), counts[bin], density);
            }
        }

        return density;
    }

    private static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> sums)
    {
        int i = 0;
        for (; i <= sums.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> sum = new Vector<double>(sums[i..]) + (new Vector<double>(source[i..]) * factor);
            sum.CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += source[i] * factor;
        }
    }

    private static ActivationClustering Scan(double[] density, ReadOnlySpan<long> counts, double width, long total)
    {
        int place = 0;
        while (place + 1 < density.Length && density[place + 1] >= density[place])
        {
            place++;
        }

        double peakRatio = density.Max() / density[0];
        ActivationClustering best = Without(NotClustered) with { PeakRatio = peakRatio };
        int valley = place;
        int mode = place;
        double mass = 0;
        for (int j = place + 1; j < density.Length; j++)
        {
            if (density[j] < density[valley])
            {
                valley = j;
                mass = MassAbove(counts, valley, total);
            }

            double ratio = density[j] / density[valley];
            // Over an empty valley all ratios are infinite: the density decides.
            bool isMore = !(ratio <= best.Ratio) || (double.IsInfinity(ratio) && density[j] > density[mode]);
            if (ratio >= LeastRatio && mass is >= LeastMass and <= 1 - LeastMassBelow && isMore)
            {
                mode = j;
                best = new ActivationClustering
                {
                    Verdict = Clustered,
                    Valley = (valley + 0.5) * width,
                    Mode = (j + 0.5) * width,
                    Ratio = ratio,
                    Mass = mass,
                    PeakRatio = peakRatio,
                };
            }
        }

        return best;
    }

    private static double MassAbove(ReadOnlySpan<long> counts, int bin, long total)
    {
        long above = 0;
        foreach (long count in counts[(bin + 1)..])
        {
            above += count;
        }

        return above / (double)total;
    }
}
