using System.Runtime.Intrinsics;

namespace SaeKernels.Numerics;

/// <summary>
/// Vectors brought to mean 0 and standard deviation 1, each by its own numbers, and brought back: x′ = (x − m) / (s +
/// 10⁻⁵) and y = y′ · s + m, where m and s are the mean and the unbiased standard deviation of the elements of x.
/// </summary>
/// <remarks>
/// <para>Computed in float64, in an order that depends on the width alone, and rounded to float32 once: the same bits
/// on every machine. A vector whose elements are all equal becomes zeros. NaN and ∞ make all of their vector NaN. Where
/// a vector holds several sites side by side, each site has its own m and s.</para>
/// <para>Source: Gao et al. 2024, arXiv:2406.04093, and github.com/openai/sparse_autoencoder, model.py; SAELens'
/// <c>layer_norm</c> computes the same.</para>
/// </remarks>
public static class LayerNorm
{
    /// <summary>What is added to a standard deviation that divides.</summary>
    public const double Epsilon = 1e-5;

    private static readonly int Lanes = Vector256<float>.Count;

    /// <summary>Maps vectors in place.</summary>
    /// <param name="vectors">The vectors, one after the other.</param>
    /// <param name="widths">The width of each site of a vector, at least 2.</param>
    /// <exception cref="ArgumentException">A width is below 2, or the last vector is not whole.</exception>
    public static void Apply(Span<float> vectors, IReadOnlyList<int> widths)
    {
        RequireWhole(vectors.Length, widths);
        for (int first = 0, site = 0; first < vectors.Length; first += widths[site], site = (site + 1) % widths.Count)
        {
            Span<float> numbers = vectors.Slice(first, widths[site]);
            (double mean, double deviation) = Measure(numbers);
            Divide(numbers, mean, deviation + Epsilon);
        }
    }

    /// <summary>Brings reconstructions of mapped vectors back, in place.</summary>
    /// <param name="vectors">The vectors before they were mapped.</param>
    /// <param name="reconstructions">The reconstructions, as many and as wide.</param>
    /// <param name="widths">The width of each site of a vector, at least 2.</param>
    /// <exception cref="ArgumentException">
    /// A width is below 2, the last vector is not whole, or the lengths differ.
    /// </exception>
    public static void Restore(
        ReadOnlySpan<float> vectors, Span<float> reconstructions, IReadOnlyList<int> widths)
    {
        RequireWhole(vectors.Length, widths);
        if (reconstructions.Length != vectors.Length)
        {
            throw new ArgumentException(
                $"LayerNorm: there must be a reconstruction of {vectors.Length} elements, but it has "
                + $"{reconstructions.Length}. Pass those of the same vectors.");
        }

        for (int first = 0, site = 0; first < vectors.Length; first += widths[site], site = (site + 1) % widths.Count)
        {
            (double mean, double deviation) = Measure(vectors.Slice(first, widths[site]));
            MultiplyAdd(reconstructions.Slice(first, widths[site]), deviation, mean);
        }
    }

    private static void RequireWhole(int length, IReadOnlyList<int> widths)
    {
        ArgumentNullException.ThrowIfNull(widths);
        if (widths.Count == 0 || widths.Min() < 2)
        {
            throw new ArgumentException(
                "LayerNorm: every width must be at least 2, as one element has no deviation, but they are "
                + $"{string.Join(", ", widths)}. Leave layer normalisation out.");
        }

        int width = widths.Sum();
        if (length % width != 0)
        {
            throw new ArgumentException(
                $"LayerNorm: a buffer must hold whole vectors of {width} elements, but has {length}. Pass whole ones.");
        }
    }

    private static (double Mean, double Deviation) Measure(ReadOnlySpan<float> numbers)
    {
        double mean = Sum(numbers) / numbers.Length;
        return (mean, Math.Sqrt(SumOfSquares(numbers, mean) / (numbers.Length - 1)));
    }

    private static double Sum(ReadOnlySpan<float> numbers)
    {
        Vector256<double> lower = default;
        Vector256<double> upper = default;
        int i = 0;
        for (; i <= numbers.Length - Lanes; i += Lanes)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Create(numbers[i..]));
            lower += a;
            upper += b;
        }

        double sum = Join(lower + upper);
        for (; i < numbers.Length; i++)
        {
            sum += numbers[i];
        }

        return sum;
    }

    private static double SumOfSquares(ReadOnlySpan<float> numbers, double mean)
    {
        Vector256<double> means = Vector256.Create(mean);
        Vector256<double> lower = default;
        Vector256<double> upper = default;
        int i = 0;
        for (; i <= numbers.Length - Lanes; i += Lanes)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Create(numbers[i..]));
            a -= means;
            b -= means;
            lower += a * a;
            upper += b * b;
        }

        double sum = Join(lower + upper);
        for (; i < numbers.Length; i++)
        {
            double difference = numbers[i] - mean;
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>Adds the lanes in one order, which Vector256.Sum does not promise.</summary>
    private static double Join(Vector256<double> lanes) => lanes[0] + lanes[1] + (lanes[2] + lanes[3]);

    private static void Divide(Span<float> numbers, double mean, double divisor)
    {
        Vector256<double> means = Vector256.Create(mean);
        Vector256<double> divisors = Vector256.Create(divisor);
        int i = 0;
        for (; i <= numbers.Length - Lanes; i += Lanes)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Create<float>(numbers[i..]));
            Vector256.Narrow((a - means) / divisors, (b - means) / divisors).CopyTo(numbers[i..]);
        }

        for (; i < numbers.Length; i++)
        {
            numbers[i] = (float)((numbers[i] - mean) / divisor);
        }
    }

    private static void MultiplyAdd(Span<float> numbers, double factor, double term)
    {
        Vector256<double> factors = Vector256.Create(factor);
        Vector256<double> terms = Vector256.Create(term);
        int i = 0;
        for (; i <= numbers.Length - Lanes; i += Lanes)
        {
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(Vector256.Create<float>(numbers[i..]));
            Vector256.Narrow((a * factors) + terms, (b * factors) + terms).CopyTo(numbers[i..]);
        }

        for (; i < numbers.Length; i++)
        {
            numbers[i] = (float)((numbers[i] * factor) + term);
        }
    }
}
