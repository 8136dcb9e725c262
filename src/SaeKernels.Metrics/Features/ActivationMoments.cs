namespace SaeKernels.Metrics;

/// <summary>Mean, spread and shape of numbers of which only power sums were kept.</summary>
/// <remarks>
/// Central figures are differences of power sums: they lose digits where the mean is many times the spread, about
/// (mean / sigma)⁴ · 2⁻⁵² of the kurtosis. Where sigma is below a millionth of the root mean square, the numbers count
/// as all equal: sigma is 0 and the shape NaN.
/// </remarks>
public readonly record struct ActivationMoments
{
    /// <summary>Computes the figures.</summary>
    /// <param name="count">How many numbers there were; zeros that were not summed count too.</param>
    /// <param name="sum">Their sum.</param>
    /// <param name="squares">The sum of their squares.</param>
    /// <param name="cubes">The sum of their third powers.</param>
    /// <param name="fourths">The sum of their fourth powers.</param>
    public ActivationMoments(long count, double sum, double squares, double cubes, double fourths)
    {
        double mean = sum / count;
        double second = squares / count;
        double third = cubes / count;
        double fourth = fourths / count;
        double variance = VarianceOf(mean, second);
        double spread = variance > 0 ? variance : double.NaN;
        this.Mean = mean;
        this.Sigma = Math.Sqrt(variance);
        this.SkewUncentered = third / Math.Pow(spread, 1.5);
        this.KurtosisUncentered = fourth / (spread * spread);
        this.Skew = (third - (3 * mean * second) + (2 * mean * mean * mean)) / Math.Pow(spread, 1.5);
        double central = fourth - (4 * mean * third) + (6 * mean * mean * second) - (3 * mean * mean * mean * mean);
        this.Kurtosis = (central / (spread * spread)) - 3;
    }

    /// <summary>The mean; NaN without numbers.</summary>
    public double Mean { get; }

    /// <summary>
    /// The standard deviation, the root of the mean squared distance to the mean; NaN without numbers.
    /// </summary>
    public double Sigma { get; }

    /// <summary>E[(z − mean)³] / σ³; NaN where all are equal.</summary>
    public double Skew { get; }

    /// <summary>E[(z − mean)⁴] / σ⁴ − 3; NaN where all are equal.</summary>
    public double Kurtosis { get; }

    /// <summary>E[z³] / σ³, the mean not subtracted; NaN where all are equal.</summary>
    public double SkewUncentered { get; }

    /// <summary>E[z⁴] / σ⁴, the mean and 3 not subtracted; NaN where all are equal.</summary>
    public double KurtosisUncentered { get; }

    /// <summary>
    /// Sarle's bimodality coefficient (skew² + 1) / (kurtosis + 3): 1/3 for a normal, 5/9 for an exponential and for a
    /// uniform distribution, so it says nothing alone.
    /// </summary>
    public double BimodalityCoefficient => ((this.Skew * this.Skew) + 1) / (this.Kurtosis + 3);

    /// <summary>The variance of numbers of this mean and mean square; 0 where they count as all equal.</summary>
    internal static double VarianceOf(double mean, double meanSquare)
    {
        const double Constant = 1e-12;
        double variance = meanSquare - (mean * mean);
        return variance <= Constant * meanSquare ? 0 : variance;
    }
}
