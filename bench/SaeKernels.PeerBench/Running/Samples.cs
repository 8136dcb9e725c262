namespace SaeKernels.PeerBench;

/// <summary>What the rounds measured, one number a round.</summary>
internal sealed class Samples : List<double>
{
    /// <summary>Collects numbers.</summary>
    public static Samples Of(IEnumerable<double> values)
    {
        Samples samples = [];
        samples.AddRange(values);
        return samples;
    }

    /// <summary>The middle value, the mean of the two middle ones where their number is even; NaN of none.</summary>
    public double Median()
    {
        double[] sorted = [.. this.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[middle]
            : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>Divides round by round, so that both sides had the same weather.</summary>
    public Samples Over(Samples others) => Of(this.Zip(others, (mine, other) => mine / other));
}
