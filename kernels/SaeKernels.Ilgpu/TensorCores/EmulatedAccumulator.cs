namespace SaeKernels.Ilgpu;

/// <summary>The sum that the emulated tensor core forms: exact products, aligned to the largest and cut off.</summary>
/// <remarks>
/// What is known of V100 to H100: products are exact; a block of products and the running sum are aligned to the
/// largest exponent among them, bits below the last place are dropped, the aligned numbers are added without rounding,
/// and the result is cut to float32. Fasi, Higham, Mikaitis, Pranesh, PeerJ Computer Science 7:e330, 2021; Khattak and
/// Mikaitis, arXiv 2512.07004, 2025. A device keeps 24 bits or a few more: 24 is the worst.
/// </remarks>
internal static class EmulatedAccumulator
{
    /// <summary>Bits that the worst known device keeps of the largest number of a block.</summary>
    public const int SignificantBits = 24;

    /// <summary>Adds products to a sum, one block of at most <paramref name="blockLength"/> after another.</summary>
    /// <param name="sum">The running sum.</param>
    /// <param name="a">One factor of each product.</param>
    /// <param name="b">The other.</param>
    /// <param name="blockLength">Products that are aligned together.</param>
    /// <param name="significantBits">Bits kept of the largest number of a block.</param>
    public static float Add(
        float sum, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int blockLength, int significantBits)
    {
        for (int start = 0; start < a.Length; start += blockLength)
        {
            int length = Math.Min(blockLength, a.Length - start);
            sum = AddBlock(sum, a.Slice(start, length), b.Slice(start, length), significantBits);
        }

        return sum;
    }

    private static float AddBlock(float sum, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int significantBits)
    {
        double largest = Math.Abs(sum);
        double total = sum;
        for (int i = 0; i < a.Length; i++)
        {
            double product = (double)a[i] * b[i];
            largest = Math.Max(largest, Math.Abs(product));
            total += product;
        }

        if (largest == 0 || !double.IsFinite(largest))
        {
            return (float)total;
        }

        // The exponent of a product is the sum of its factors' exponents: it may be one less than the product's own.
        double lastPlace = Math.ScaleB(1, Math.ILogB(largest) + 1 - significantBits);
        double aligned = CutOff(sum, lastPlace);
        for (int i = 0; i < a.Length; i++)
        {
            aligned += CutOff((double)a[i] * b[i], lastPlace);
        }

        return ToSingleTowardsZero(aligned);
    }

    // Multiples of one power of two with few bits: dividing, cutting and adding them is exact in float64.
    private static double CutOff(double value, double lastPlace) => Math.Truncate(value / lastPlace) * lastPlace;

    private static float ToSingleTowardsZero(double value)
    {
        float nearest = (float)value;
        return Math.Abs((double)nearest) <= Math.Abs(value) || !float.IsFinite(nearest)
            ? nearest
            : value > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest);
    }
}
