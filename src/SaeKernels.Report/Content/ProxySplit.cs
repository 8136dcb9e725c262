namespace SaeKernels.Report;

/// <summary>Activations split by what their tokens speak for: a kind of text, or a label.</summary>
internal sealed record ProxySplit
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>The classes: of log-likelihood ratios, the lowest first, or labels, the last one all others.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The edges between the classes of ratios, in nats; empty for labels.</summary>
    public required IReadOnlyList<double> Edges { get; init; }

    /// <summary>The class that correlation and specificity are about; null for all ratios above 0.</summary>
    public required int? Favoured { get; init; }

    /// <summary>Pearson correlation of the activation with being in favour, over all vectors.</summary>
    public required double Correlation { get; init; }

    /// <summary>The share of all vectors that are in favour.</summary>
    public required double Share { get; init; }

    /// <summary>The largest activation: levels are equal parts of 0 to it.</summary>
    public required double LevelHigh { get; init; }

    /// <summary>Activations by level and class.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Counts { get; init; }

    /// <summary>The sum of the activations by level and class.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Mass { get; init; }

    /// <summary>By level: of the activations in it or above, the share in favour; NaN where there is none.</summary>
    public required IReadOnlyList<double> Specificity { get; init; }

    /// <summary>How the feature answers to each label; empty for ratios.</summary>
    public required IReadOnlyList<LabelFigures> Labels { get; init; }
}

/// <summary>How a feature answers to the vectors of one label.</summary>
/// <param name="Density">The share of them on which it is active.</param>
/// <param name="Mean">Its mean activation where it is active on them.</param>
/// <param name="MassShare">Their part of all its activation.</param>
/// <param name="Auroc">The probability that one of them has a larger activation than another vector.</param>
internal sealed record LabelFigures(double Density, double Mean, double MassShare, double Auroc);
