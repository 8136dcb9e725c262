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
}
