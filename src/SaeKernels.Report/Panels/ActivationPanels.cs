namespace SaeKernels.Report;

/// <summary>Histograms and the cumulative distribution of one feature's activations.</summary>
internal static class ActivationPanels
{
    private const int Bins = 50;
    private const int Steps = 100;

    /// <summary>Activations in equal bins from 0 to the largest; the bin of v is ⌊v · 50 / max⌋.</summary>
    public static BinnedCounts Linear(ReadOnlySpan<float> values)
    {
        double high = Largest(values);
        int[] counts = new int[Bins];
        foreach (float value in values)
        {
            counts[PlaceOf(value * Bins / high)]++;
        }

        return new BinnedCounts(0, high, counts);
    }

    /// <summary>The same of log₁₀, from the smallest activation to the largest.</summary>
    public static BinnedCounts Logarithmic(ReadOnlySpan<float> values)
    {
        double low = double.PositiveInfinity;
        foreach (float value in values)
        {
            low = Math.Min(low, Math.Log10(value));
        }

        double high = values.IsEmpty ? 1 : Math.Log10(Largest(values));
        low = values.IsEmpty ? 0 : low;
        high = high > low ? high : low + 1;
        int[] counts = new int[Bins];
        foreach (float value in values)
        {
            counts[PlaceOf((Math.Log10(value) - low) * Bins / (high - low))]++;
        }

        return new BinnedCounts(low, high, counts);
    }

    /// <summary>About a hundred ranks, denser near the top, and the share of all vectors at or below each.</summary>
    /// <param name="sorted">The activations, ascending.</param>
    /// <param name="vectors">All vectors, silent ones included.</param>
    public static CumulativeShare Cumulative(ReadOnlySpan<float> sorted, int vectors)
    {
        List<float> activations = [0];
        List<double> shares = [(double)(vectors - sorted.Length) / vectors];
        for (int step = 1; step <= Steps && !sorted.IsEmpty; step++)
        {
            // 1 − (1 − t)²: half the points stand for the top quarter.
            double left = 1 - ((double)step / Steps);
            int rank = Math.Max(0, (int)Math.Ceiling((1 - (left * left)) * sorted.Length) - 1);
            float value = sorted[rank];
            if (value > activations[^1])
            {
                activations.Add(value);
                shares.Add((double)(vectors - sorted.Length + AtOrBelow(sorted, value)) / vectors);
            }
        }

        return new CumulativeShare(activations, shares);
    }

    private static double Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest > 0 ? largest : 1;
    }

    private static int PlaceOf(double place) => Math.Clamp((int)place, 0, Bins - 1);

    private static int AtOrBelow(ReadOnlySpan<float> sorted, float value)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
