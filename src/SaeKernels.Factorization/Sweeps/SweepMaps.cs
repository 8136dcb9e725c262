namespace SaeKernels.Factorization;

/// <summary>
/// Figures of a sweep by size and sparsity: means over the repeats of the data, a row for each size and a column for
/// each sparsity, both ascending.
/// </summary>
public sealed record SweepMaps
{
    /// <summary>The sizes.</summary>
    public required IReadOnlyList<int> Latents { get; init; }

    /// <summary>The weights λ, or the K.</summary>
    public required IReadOnlyList<double> Sparsities { get; init; }

    /// <summary>Whether the sparsities are K.</summary>
    public required bool SparsitiesAreK { get; init; }

    /// <summary><see cref="SweepCell.MmcsRecall"/>; null where the truth is not known.</summary>
    public required IReadOnlyList<IReadOnlyList<double>>? MmcsRecall { get; init; }

    /// <summary><c>dead_share</c>: <see cref="SweepCell.DeadLatents"/> as a share of the size.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> DeadShare { get; init; }

    /// <summary><see cref="SweepCell.Fvu"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Fvu { get; init; }

    /// <summary><see cref="SweepCell.CosineToLarger"/>; NaN for the largest size.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> CosineToLarger { get; init; }

    /// <summary>In how many repeats further starts kept finding something better.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Unconverged { get; init; }

    /// <summary>Arranges the cells of a sweep.</summary>
    internal static SweepMaps Of(IEnumerable<SweepCell> cells, SweepOptions options)
    {
        ILookup<(int Latents, double Sparsity), SweepCell> places = cells.Where(cell => !cell.Key.IsNull)
            .ToLookup(cell => (cell.Key.Latents, cell.Key.Sparsity));
        return new SweepMaps
        {
            Latents = options.Latents,
            Sparsities = options.Sparsities,
            SparsitiesAreK = options.SparsitiesAreK,
            MmcsRecall = places.All(repeats => repeats.All(cell => cell.MmcsRecall is not null))
                ? Map(repeats => repeats.Average(cell => cell.MmcsRecall!.Value))
                : null,
            DeadShare = Map(repeats => repeats.Average(cell => (double)cell.DeadLatents / cell.Key.Latents)),
            Fvu = Map(repeats => repeats.Average(cell => cell.Fvu)),
            CosineToLarger = Map(repeats => repeats.Average(cell => cell.CosineToLarger)),
            Unconverged = Map(repeats => repeats.Count(cell => !cell.IsConverged)),
        };

        IReadOnlyList<IReadOnlyList<double>> Map(Func<IEnumerable<SweepCell>, double> figure) =>
        [
            .. options.Latents.Select(latents =>
                options.Sparsities.Select(sparsity => figure(places[(latents, sparsity)])).ToArray()),
        ];
    }
}
