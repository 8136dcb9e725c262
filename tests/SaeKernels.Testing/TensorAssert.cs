using Xunit.Sdk;

namespace SaeKernels.Testing;

/// <summary>Compares arrays and says which element is farthest off, by how much, and what was allowed.</summary>
public static class TensorAssert
{
    /// <summary>Fails unless every element equals its counterpart; NaN equals NaN, and −0 equals 0.</summary>
    public static void Equal(string name, ReadOnlySpan<double> expected, ReadOnlySpan<double> found) =>
        Within(name, expected, found, _ => 0);

    /// <summary>Fails unless every element is within one bound.</summary>
    public static void Within(string name, ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double bound) =>
        Within(name, expected, found, _ => bound);

    /// <summary>Fails unless every element is within its own bound.</summary>
    public static void Within(
        string name, ReadOnlySpan<double> expected, ReadOnlySpan<double> found, Func<int, double> boundOf)
    {
        if (expected.Length != found.Length)
        {
            throw new XunitException($"{name}: must have {expected.Length} elements, but has {found.Length}.");
        }

        int worst = -1;
        double worstRatio = 1;
        for (int i = 0; i < expected.Length; i++)
        {
            double ratio = Ratio(expected[i], found[i], boundOf(i));
            if (ratio > worstRatio)
            {
                (worst, worstRatio) = (i, ratio);
            }
        }

        if (worst >= 0)
        {
            throw new XunitException(
                $"{name}[{worst}]: must be within {boundOf(worst):g6} of {expected[worst]:g17}, "
                + $"but is {found[worst]:g17}: {worstRatio:g3} times the bound.");
        }
    }

    /// <summary>Fails unless two arrays hold the same bits.</summary>
    public static void SameBits(string name, ReadOnlySpan<double> expected, ReadOnlySpan<double> found)
    {
        Equal(name, expected, found);
        for (int i = 0; i < expected.Length; i++)
        {
            if (double.IsNegative(expected[i]) != double.IsNegative(found[i]))
            {
                throw new XunitException($"{name}[{i}]: must be {expected[i]}, but is {found[i]}: the sign differs.");
            }
        }
    }

    private static double Ratio(double expected, double found, double bound)
    {
        if (expected == found || expected.Equals(found))
        {
            return 0;
        }

        double error = Math.Abs(expected - found);
        return double.IsNaN(error) || bound == 0 ? double.PositiveInfinity : error / bound;
    }
}
