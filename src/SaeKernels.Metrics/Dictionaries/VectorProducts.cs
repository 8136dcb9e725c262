using System.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Inner products in float64.</summary>
internal static class VectorProducts
{
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
