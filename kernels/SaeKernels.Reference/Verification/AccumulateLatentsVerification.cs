using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AccumulateLatents"/> over two batches: counts, extremes and histogram exactly,
/// sums within n · 2⁻⁴⁶ of the sum of their terms, which pairs of float32 reach (Joldes et al. 2017, theorem 2.2).
/// </summary>
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
        if (!snapshots[0].Sums.SequenceEqual(snapshots[1].Sums)
            || !snapshots[0].SumsOfSquares.SequenceEqual(snapshots[1].SumsOfSquares))
        {
            comparison.Fail("Sums: two runs must give the same bits, but gave different ones.");
        }

        Compare(comparison, shape, snapshots[1], [.. batches.Select(codes => HostList.Of(codes, null, shape.DSae))]);
        yield return comparison.Result();
    }

    private static LatentStatisticsSnapshot Accumulate(
        IComputeBackend candidate, VerificationShape shape, SparseCodes[] batches)
    {
        using LatentStatistics statistics = candidate.CreateLatentStatistics(shape.DSae);
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

    private static void Compare(
        Comparison comparison, VerificationShape shape, LatentStatisticsSnapshot found, HostList[] batches)
    {
        comparison.Equal("Rows", 0, found.Rows, 2L * shape.Batch);
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            float[] values =
            [
                .. batches.SelectMany(list => list.Values[list.Offsets[latent]..list.Offsets[latent + 1]]),
            ];
            double sum = values.Sum(value => (double)value);
            double squares = values.Sum(value => (double)value * value);
            double margin = (values.Length + 1) * PairRoundoff;
            comparison.Equal("Counts", latent, found.Counts[latent], values.Length);
            comparison.Match("Sums", latent, found.Sums[latent], Around(sum, margin * sum));
            comparison.Match("SumsOfSquares", latent, found.SumsOfSquares[latent], Around(squares, margin * squares));
            comparison.Equal("Minima", latent, found.Minima[latent], values.Append(float.PositiveInfinity).Min());
            comparison.Equal("Maxima", latent, found.Maxima[latent], values.Append(0).Max());
            for (int bin = 0; bin < LogBins.Count; bin++)
            {
                int index = (latent * LogBins.Count) + bin;
                comparison.Equal(
                    "Histogram", index, found.Histogram[index], values.Count(value => LogBins.IndexOf(value) == bin));
            }
        }
    }

    private static Bounded Around(double value, double margin) => new(value, value - margin, value + margin);
}
