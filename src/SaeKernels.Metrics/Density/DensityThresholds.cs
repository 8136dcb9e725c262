using System.Globalization;

namespace SaeKernels.Metrics;

/// <summary>The densities above which latents are counted, and the one above which a latent is dense.</summary>
public sealed record DensityThresholds
{
    private const int Most = 8;

    /// <summary>Sets them.</summary>
    /// <param name="counted">
    /// 1 to 8 densities in ascending order, each above 0 and below 1; null for 0.01 and 0.1, which SAEBench and delphi
    /// print.
    /// </param>
    /// <param name="denseAbove">Above 0 and below 1; null for <see cref="DensityClass.DenseAbove"/>.</param>
    /// <exception cref="ArgumentException">A density is outside its range, or they do not ascend.</exception>
    public DensityThresholds(IReadOnlyList<double>? counted = null, double? denseAbove = null)
    {
        this.Counted = counted ?? [DensityDiagnosis.OnePercent, DensityDiagnosis.TenPercent];
        this.DenseAbove = denseAbove ?? DensityClass.DenseAbove;
        bool ascend = this.Counted.Zip(this.Counted.Skip(1)).All(pair => pair.First < pair.Second);
        if (this.Counted.Count is < 1 or > Most || !ascend || this.Counted.Any(IsOutside))
        {
            string found = string.Join(
                ", ", this.Counted.Select(one => one.ToString(CultureInfo.InvariantCulture)));
            throw new ArgumentException(
                $"DensityThresholds: Counted must be 1 to {Most} ascending densities between 0 and 1, but is "
                + $"{(found.Length == 0 ? "empty" : found)}. Name for example 0.01,0.1.");
        }

        if (IsOutside(this.DenseAbove))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"DensityThresholds: DenseAbove must be between 0 and 1, but is {this.DenseAbove}. Name for example "
                + $"{DensityClass.DenseAbove}."));
        }
    }

    /// <summary>The densities above which latents are counted, ascending.</summary>
    public IReadOnlyList<double> Counted { get; }

    /// <summary>The density above which a latent is dense.</summary>
    public double DenseAbove { get; }

    /// <summary>Returns the largest of <see cref="Counted"/> that a density is above; 0 for none.</summary>
    /// <param name="density">The density.</param>
    public double LargestBelow(double density) => this.Counted.LastOrDefault(one => density > one);

    private static bool IsOutside(double density) => density is not (> 0 and < 1);
}
