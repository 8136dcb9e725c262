using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AccumulateLatents"/> over two batches: counts, extremes and histograms exactly,
/// sums within n · 2⁻⁴⁶ of the sum of their terms, which pairs of float32 reach (Joldes et al. 2017, theorem 2.2).
/// </summary>
/// <remarks>
/// A third or fourth power is a pair itself, with an error of at most 3 · 2⁻⁴⁸ (its rounding, and the neglected square
/// of the error of v²): their sums have twice the margin.
/// </remarks>
internal static class AccumulateLatentsVerification
{
    private const double PairRoundoff = 1.0 / (1L << 46);

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        VerificationInputs inputs = new(shape);
        HostCodes[] batches =
        [
            inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: false),
            inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: true),
        ];
        Comparison comparison = new(nameof(IComputeBackend.AccumulateLatents), shape, "two batches");
        using Workbench bench = new(candidate, comparison);
        SparseCodes[] placed = [.. batches.Select(codes => bench.Codes("Codes", codes))];
        List<LatentStatisticsSnapshot> snapshots = [];
        bench.Run(() => snapshots.Add(Accumulate(candidate, shape, placed)));
        if (!Moments(snapshots[0]).SequenceEqual(Moments(snapshots[1])))
        {
            comparison.Fail("Sums: two runs must give the same bits, but gave different ones.");
        }

        Compare(comparison, shape, snapshots[1], [.. batches.Select(codes => HostList.Of(codes, null, shape.DSae))]);
        yield return comparison.Result();
    }

    private static LatentStatisticsSnapshot Accumulate(
        IComputeBackend candidate, VerificationShape shape, SparseCodes[] batches)
    {
        using LatentStatistics statistics = candidate.CreateLatentStatistics(Layout(shape));
        foreach (SparseCodes codes in batches)
        {
            candidate.AccumulateLatents(new AccumulateLatentsArguments
            {
                Rows = shape.Batch,
                Codes = codes,
                Statistics = statistics,
            });
        }

        return statistics.Read();
    }

    /// <summary>Edges that some activations pass, and none of them alike.</summary>
    private static LatentStatisticsLayout Layout(VerificationShape shape) => new()
    {
        Latents = shape.DSae,
        LinearBins = 3 + (shape.DSae % 11),
        LinearUpper = [.. Enumerable.Range(0, shape.DSae).Select(latent => 0.7f + (0.3f * (latent % 7)))],
    };

    private static IEnumerable<double> Moments(LatentStatisticsSnapshot snapshot) =>
        [.. snapshot.Sums, .. snapshot.SumsOfSquares, .. snapshot.SumsOfCubes, .. snapshot.SumsOfFourthPowers];

    private static void Compare(
        Comparison comparison, VerificationShape shape, LatentStatisticsSnapshot found, HostList[] batches)
    {
        LatentStatisticsLayout layout = Layout(shape);
        comparison.Equal("Rows", 0, found.Rows, 2L * shape.Batch);
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            float[] values =
            [
                .. batches.SelectMany(list => list.Values[list.Offsets[latent]..list.Offsets[latent + 1]]),
            ];
            double margin = (values.Length + 1) * PairRoundoff;
            comparison.Equal("Counts", latent, found.Counts[latent], values.Length);
            CompareSum(comparison, "Sums", latent, found.Sums, values.Sum(v => (double)v), margin);
            CompareSum(
                comparison, "SumsOfSquares", latent, found.SumsOfSquares, values.Sum(v => (double)v * v), margin);
            CompareSum(
                comparison, "SumsOfCubes", latent, found.SumsOfCubes, values.Sum(v => (double)v * v * v), 2 * margin);
            CompareSum(
                comparison,
                "SumsOfFourthPowers",
                latent,
                found.SumsOfFourthPowers,
                values.Sum(v => (double)v * v * v * v),
                2 * margin);
            comparison.Equal("Minima", latent, found.Minima[latent], values.Append(float.PositiveInfinity).Min());
            comparison.Equal("Maxima", latent, found.Maxima[latent], values.Append(0).Max());
            CompareHistogram(comparison, "Histogram", latent, found.Histogram, LogBins.Count, values, LogBins.IndexOf);
            EvenBins bins = layout.LinearBinsOf(latent);
            CompareHistogram(
                comparison, "LinearHistogram", latent, found.LinearHistogram, bins.Count, values, bins.IndexOf);
        }
    }

    private static void CompareSum(
        Comparison comparison,
        string output,
        int latent,
        IReadOnlyList<double> found,
        double expected,
        double relativeMargin)
    {
        double margin = relativeMargin * expected;
        comparison.Match(output, latent, found[latent], new Bounded(expected, expected - margin, expected + margin));
    }

    private static void CompareHistogram(
        Comparison comparison,
        string output,
        int latent,
        IReadOnlyList<long> found,
        int bins,
        float[] values,
        Func<float, int> indexOf)
    {
        int[] expected = new int[bins];
        Array.ForEach(values, value => expected[indexOf(value)]++);
        for (int bin = 0; bin < bins; bin++)
        {
            int index = (latent * bins) + bin;
            comparison.Equal(output, index, found[index], expected[bin]);
        }
    }
}
