namespace SaeKernels.Metrics;

/// <summary>Pearson's correlation of two series of which only sums were kept.</summary>
public static class PearsonCorrelation
{
    /// <summary>Returns the correlation, −1 to 1 up to rounding; NaN where one side never varies.</summary>
    /// <remarks>
    /// A side never varies where its spread is below a millionth of its root mean square, as in
    /// <see cref="ActivationMoments"/>: what is left of the spread of equal numbers is rounding, and would correlate.
    /// </remarks>
    /// <param name="count">How many pairs there were; those that were not summed because both are 0 count too.</param>
    /// <param name="leftSum">Σ x.</param>
    /// <param name="leftSquares">Σ x².</param>
    /// <param name="rightSum">Σ y.</param>
    /// <param name="rightSquares">Σ y².</param>
    /// <param name="products">Σ xy.</param>
    public static double Of(
        double count, double leftSum, double leftSquares, double rightSum, double rightSquares, double products)
    {
        double leftMean = leftSum / count;
        double rightMean = rightSum / count;
        double leftVariance = ActivationMoments.VarianceOf(leftMean, leftSquares / count);
        double rightVariance = ActivationMoments.VarianceOf(rightMean, rightSquares / count);
        return leftVariance > 0 && rightVariance > 0
            ? ((products / count) - (leftMean * rightMean)) / (Math.Sqrt(leftVariance) * Math.Sqrt(rightVariance))
            : double.NaN;
    }
}
