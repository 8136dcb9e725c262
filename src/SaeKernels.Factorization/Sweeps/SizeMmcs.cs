namespace SaeKernels.Factorization;

/// <summary>How well dictionaries of one size recover the true directions, at the sparsity that does it best.</summary>
/// <param name="Latents">The size.</param>
/// <param name="Sparsity">λ or K with the highest <paramref name="Harmonic"/>.</param>
/// <param name="Recall"><c>mmcs_recall</c>, the mean over the repeats.</param>
/// <param name="Precision"><c>mmcs_precision</c>, the mean over the repeats.</param>
/// <param name="Harmonic">The harmonic mean of both, the mean over the repeats.</param>
public sealed record SizeMmcs(int Latents, double Sparsity, double Recall, double Precision, double Harmonic)
{
    /// <summary>Returns a row for each size, ascending; none where the truth is not known.</summary>
    internal static IReadOnlyList<SizeMmcs> Of(IEnumerable<SweepCell> cells) =>
    [
        .. cells.Where(cell => !cell.Key.IsNull && cell is { MmcsRecall: not null, MmcsPrecision: not null })
            .GroupBy(cell => (cell.Key.Latents, cell.Key.Sparsity), Of)
            .GroupBy(row => row.Latents, (_, rows) => rows.MaxBy(row => row.Harmonic)!)
            .OrderBy(row => row.Latents),
    ];

    private static SizeMmcs Of((int Latents, double Sparsity) key, IEnumerable<SweepCell> repeats)
    {
        (double Recall, double Precision)[] pairs =
            [.. repeats.Select(cell => (cell.MmcsRecall!.Value, cell.MmcsPrecision!.Value))];
        return new SizeMmcs(
            key.Latents,
            key.Sparsity,
            pairs.Average(pair => pair.Recall),
            pairs.Average(pair => pair.Precision),
            pairs.Average(pair => 2 * pair.Recall * pair.Precision / (pair.Recall + pair.Precision)));
    }
}
