namespace SaeKernels.Training;

/// <summary>Repeated measurements of one duration.</summary>
public sealed class Durations
{
    private readonly double[] sorted;

    /// <summary>Takes measurements in any order.</summary>
    /// <param name="seconds">Seconds; at least one.</param>
    public Durations(IEnumerable<double> seconds)
    {
        this.sorted = [.. seconds.Order()];
        if (this.sorted.Length == 0)
        {
            throw new ArgumentException(
                "Durations: there must be at least one measurement, but there is none. Measure first.",
                nameof(seconds));
        }
    }

    /// <summary>The number of measurements.</summary>
    public int Count => this.sorted.Length;

    /// <summary>The shortest, in seconds.</summary>
    public double Minimum => this.sorted[0];

    /// <summary>The middle one, or the mean of the middle two, in seconds.</summary>
    public double Median => (this.sorted[(this.Count - 1) / 2] + this.sorted[this.Count / 2]) / 2;

    /// <summary>The shortest that at least 90 % do not pass, in seconds.</summary>
    public double Percentile90 => this.sorted[(int)Math.Ceiling(0.9 * this.Count) - 1];
}
