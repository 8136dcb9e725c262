namespace SaeKernels.Factorization;

/// <summary>A finished sweep.</summary>
public sealed record SweepResult
{
    /// <summary>What was found.</summary>
    public required SweepVerdictKind Verdict { get; init; }

    /// <summary>The size of a bounce; null for every other verdict.</summary>
    public int? Latents { get; init; }

    /// <summary>
    /// The size with the least information; null where sizes share no level of error.
    /// </summary>
    public int? LeastAt { get; init; }

    /// <summary>The sizes of the grid next to <see cref="LeastAt"/>; null at an end of the grid.</summary>
    public (int? Previous, int? Next) Bracket { get; init; }

    /// <summary>
    /// By how much the better neighbour's information is above that of <see cref="LeastAt"/>, as a share of it: the
    /// mean over levels and repeats. NaN where there is none.
    /// </summary>
    public double Margin { get; init; } = double.NaN;

    /// <summary>The interval that holds 95 % of bootstrap draws of the margin over the repeats.</summary>
    public (double Low, double High) MarginInterval { get; init; } = (double.NaN, double.NaN);

    /// <summary>
    /// The same margin in bits of all vectors of a repeat: the mean difference over levels and repeats. NaN where there
    /// is none.
    /// </summary>
    public double MarginBits { get; init; } = double.NaN;

    /// <summary>The interval that holds 95 % of bootstrap draws of <see cref="MarginBits"/> over the repeats.</summary>
    public (double Low, double High) MarginBitsInterval { get; init; } = (double.NaN, double.NaN);

    /// <summary>
    /// By how much the null's information is above the data's at <see cref="LeastAt"/>, as a share; NaN without a null.
    /// </summary>
    public double AboveData { get; init; } = double.NaN;

    /// <summary>
    /// How likely a difference of information as large is between two sets of repeats that are alike (Welch's test, one
    /// side); NaN without a null.
    /// </summary>
    public double InformationPValue { get; init; } = double.NaN;

    /// <summary>The same for the agreement of the repeats' dictionaries; NaN where two repeats have but one.</summary>
    public double AgreementPValue { get; init; } = double.NaN;

    /// <summary>What a reader must know before relying on the verdict.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The figures of all cells.</summary>
    public required IReadOnlyList<SweepCell> Cells { get; init; }

    /// <summary>Figures by size and sparsity.</summary>
    public required SweepMaps Maps { get; init; }

    /// <summary>The edges that all cells share.</summary>
    public required InformationEdges Edges { get; init; }

    /// <summary>The levels of error at which sizes were compared.</summary>
    public required IReadOnlyList<ErrorLevel> Levels { get; init; }

    /// <summary>How well each size recovers the true directions; empty where they are not known.</summary>
    public IReadOnlyList<SizeMmcs> Mmcs => SizeMmcs.Of(this.Cells);
}
