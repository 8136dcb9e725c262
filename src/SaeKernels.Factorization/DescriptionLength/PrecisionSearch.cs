namespace SaeKernels.Factorization;

/// <summary>Codes at one precision: what they cost and what they lose.</summary>
/// <param name="Bins">The number of bins of each latent.</param>
/// <param name="Length">The description length.</param>
/// <param name="MseIncrease">How much ‖x − x̂‖² grows in the mean over vectors by rounding; may be below 0.</param>
public sealed record CodePrecision(int Bins, CodeLength Length, double MseIncrease);

/// <summary>Finds the cheapest precision of codes that loses no more than is allowed.</summary>
public static class PrecisionSearch
{
    /// <summary>What rounding of codes may add to the error where nothing else is said, as a share of it.</summary>
    public const double StandardTolerance = 0.05;

    /// <summary>The numbers of bins that are tried where no others are given.</summary>
    public static IReadOnlyList<int> StandardBins { get; } = [4, 6, 8, 12, 16, 32, 64, 128];

    /// <summary>Measures every precision.</summary>
    /// <param name="factorization">The codes, with dictionary and b.</param>
    /// <param name="vectors">The vectors that they are of.</param>
    /// <param name="bins">The numbers of bins; at least one.</param>
    /// <exception cref="ArgumentException">There are more or fewer vectors than codes.</exception>
    public static IReadOnlyList<CodePrecision> Measure(
        SparseFactorization factorization, RowMatrix vectors, IReadOnlyList<int> bins)
    {
        ArgumentNullException.ThrowIfNull(factorization);
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(bins);
        if (vectors.Rows != factorization.Codes.Rows)
        {
            throw new ArgumentException(
                $"PrecisionSearch: there must be a code for each vector, but there are "
                + $"{factorization.Codes.Rows} codes of {vectors.Rows} vectors. Pass those that were factorised.");
        }

        double exact = MseOf(factorization, factorization.Codes, vectors);
        return
        [
            .. bins.Select(count =>
            {
                QuantizedCodes codes =
                    QuantizedCodes.ByCount(factorization.Codes, factorization.Dictionary.Rows, count);
                return new CodePrecision(
                    count, new CodeLength(codes), MseOf(factorization, codes.Values, vectors) - exact);
            }),
        ];
    }

    /// <summary>Returns the precision with the fewest bits of those that are allowed; null where none is.</summary>
    /// <param name="precisions">What was measured.</param>
    /// <param name="mostIncrease">The most by which ‖x − x̂‖² may grow in the mean over vectors.</param>
    public static CodePrecision? Cheapest(IEnumerable<CodePrecision> precisions, double mostIncrease) =>
        precisions.Where(precision => precision.MseIncrease <= mostIncrease)
            .MinBy(precision => precision.Length.BitsPerVector);

    private static double MseOf(SparseFactorization factorization, SparseRows codes, RowMatrix vectors)
    {
        float[] error = new float[vectors.Width];
        double sum = 0;
        for (int row = 0; row < vectors.Rows; row++)
        {
            ReadOnlySpan<float> vector = vectors[row];
            for (int d = 0; d < error.Length; d++)
            {
                error[d] = vector[d] - factorization.Bias[d];
            }

            ReadOnlySpan<int> columns = codes.ColumnsOf(row);
            ReadOnlySpan<float> values = codes.ValuesOf(row);
            for (int entry = 0; entry < columns.Length; entry++)
            {
                VectorMath.AddScaled(error, factorization.Dictionary[columns[entry]], -values[entry]);
            }

            sum += VectorMath.Dot(error, error);
        }

        return sum / vectors.Rows;
    }
}
