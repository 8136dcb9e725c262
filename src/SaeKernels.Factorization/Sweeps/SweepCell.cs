namespace SaeKernels.Factorization;

/// <summary>The figures of one factorisation of a sweep.</summary>
/// <param name="Key">Which it is.</param>
public sealed record SweepCell(SweepCellKey Key)
{
    /// <summary>The mean over the measured vectors of ‖x − x̂‖².</summary>
    public required double Mse { get; init; }

    /// <summary>Mse over the variance of the measured vectors.</summary>
    public required double Fvu { get; init; }

    /// <summary>The mean number of active latents.</summary>
    public required double L0 { get; init; }

    /// <summary>The latents that are active on no measured vector.</summary>
    public int DeadLatents { get; init; }

    /// <summary>Where the factorisation began; see <see cref="SweepFactorization.Start"/>.</summary>
    public required string Start { get; init; }

    /// <summary>Whether other starts found nothing better.</summary>
    public required bool IsConverged { get; init; }

    /// <summary>Bits of all codes under the histogram that the whole sweep shares.</summary>
    public required double CodeBits { get; init; }

    /// <summary>Bits of the dictionary under the histogram that the whole sweep shares.</summary>
    public required double DictionaryBits { get; init; }

    /// <summary>Bits of both: <c>total_information_bits</c>.</summary>
    public double TotalBits => this.CodeBits + this.DictionaryBits;

    /// <summary>
    /// <c>description_length_bits_per_token</c>: bits of a vector's code, <see cref="CodeLength"/>, at the cheapest
    /// precision whose rounding adds at most a twentieth to <see cref="Mse"/>; NaN where none does.
    /// </summary>
    public double DescriptionLength { get; init; } = double.NaN;

    /// <summary>The number of bins of each latent at that precision; null where there is none.</summary>
    public int? CodeBins { get; init; }

    /// <summary>
    /// How alike the dictionaries of two repeats are: the harmonic mean of MMCS in both directions, averaged over the
    /// other repeats.
    /// </summary>
    public double Agreement { get; init; } = double.NaN;

    /// <summary>
    /// The mean over directions of the largest cosine in the next larger dictionary of the same repeat and λ; NaN for
    /// the largest.
    /// </summary>
    public double CosineToLarger { get; init; } = double.NaN;

    /// <summary><c>mmcs_recall</c>; null where the truth is not known.</summary>
    public double? MmcsRecall { get; init; }

    /// <summary><c>mmcs_precision</c>; null where the truth is not known.</summary>
    public double? MmcsPrecision { get; init; }
}
