using System.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Inner products in float64.</summary>
public static class VectorProducts
{
    /// <summary>Σ left · right; the order of summation is fixed for a given width of vector registers.</summary>
    /// <param name="left">Numbers.</param>
    /// <param name="right">At least as many numbers.</param>
    public static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        Vector<double> sums = Vector<double>.Zero;
        int d = 0;
        for (; d <= left.Length - Vector<double>.Count; d += Vector<double>.Count)
        {
            sums += new Vector<double>(left[d..]) * new Vector<double>(right[d..]);
        }

        double sum = Vector.Sum(sums);
        for (; d < left.Length; d++)
        {
            sum += left[d] * right[d];
        }

        return sum;
    }

    /// <summary>Inner products of one vector with four others, with the bits of four single ones.</summary>
    /// <param name="left">Numbers.</param>
    /// <param name="first">At least as many numbers.</param>
    /// <param name="second">At least as many.</param>
    /// <param name="third">At least as many.</param>
    /// <param name="fourth">At least as many.</param>
    public static (double First, double Second, double Third, double Fourth) Dot(
        ReadOnlySpan<double> left,
        ReadOnlySpan<double> first,
        ReadOnlySpan<double> second,
        ReadOnlySpan<double> third,
        ReadOnlySpan<double> fourth)
    {
        Vector<double> firstSums = Vector<double>.Zero;
        Vector<double> secondSums = Vector<double>.Zero;
        Vector<double> thirdSums = Vector<double>.Zero;
        Vector<double> fourthSums = Vector<double>.Zero;
        int d = 0;
        for (; d <= left.Length - Vector<double>.Count; d += Vector<double>.Count)
        {
            Vector<double> own = new(left[d..]);
            firstSums += own * new Vector<double>(first[d..]);
            secondSums += own * new Vector<double>(second[d..]);
            thirdSums += own * new Vector<double>(third[d..]);
            fourthSums += own * new Vector<double>(fourth[d..]);
        }

        double firstSum = Vector.Sum(firstSums);
        double secondSum = Vector.Sum(secondSums);
        double thirdSum = Vector.Sum(thirdSums);
        double fourthSum = Vector.Sum(fourthSums);
        for (; d < left.Length; d++)
        {
            firstSum += left[d] * first[d];
            secondSum += left[d] * second[d];
            thirdSum += left[d] * third[d];
            fourthSum += left[d] * fourth[d];
        }

        return (firstSum, secondSum, thirdSum, fourthSum);
    }
}
