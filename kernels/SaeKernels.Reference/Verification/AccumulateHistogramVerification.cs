using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.AccumulateHistogram"/>: counts, exactly.</summary>
internal static class AccumulateHistogramVerification
{
    private const long Before = 5_000_000_000;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, -1.3f, 2.1f, 5000);
        yield return Check(candidate, shape, 0, 1.7f, shape.K);
        yield return Check(candidate, shape, -2, 2, 100);
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, float low, float high, int bins)
    {
        // What lies on an edge, just outside, or on no scale at all comes first.
        float[] values =
        [
            low, MathF.BitDecrement(low), high, MathF.BitDecrement(high), MathF.BitIncrement(high), 0, -0f,
            float.NaN, -float.NaN, float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue,
            .. new VerificationInputs(shape).Reals((long)shape.Batch * shape.DIn),
        ];
        Comparison comparison = new(nameof(IComputeBackend.AccumulateHistogram), shape, $"{bins} bins from {low}");
        using Workbench bench = new(candidate, comparison);
        long[] before = [.. Enumerable.Range(0, bins + 3).Select(place => Before + place)];
        WorkbenchBuffer<long> counts = bench.Longs("Counts", before);
        AccumulateHistogramArguments arguments = new()
        {
            Values = bench.Input("Values", values).Reals,
            Count = values.Length,
            Low = low,
            High = high,
            Bins = bins,
            Counts = counts.Longs,
        };
        bench.Run(() => candidate.AccumulateHistogram(arguments));
        long[] expected = Expected(values, new EvenBins(low, high, bins), before);
        for (int place = 0; place < expected.Length; place++)
        {
            comparison.Equal("Counts", place, counts.Found[place], expected[place]);
        }

        return comparison.Result();
    }

    private static long[] Expected(float[] values, EvenBins bins, long[] before)
    {
        long[] counts = [.. before];
        foreach (float value in values)
        {
            int place = value < bins.Low ? bins.Count : value > bins.High ? bins.Count + 1 : bins.IndexOf(value);
            counts[float.IsNaN(value) ? bins.Count + 2 : place]++;
        }

        return counts;
    }
}
