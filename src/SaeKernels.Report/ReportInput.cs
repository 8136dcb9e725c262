using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>What a report is about.</summary>
public sealed record ReportInput
{
    /// <summary>The model.</summary>
    public required Sae Sae { get; init; }

    /// <summary>The vectors; at most 2³⁰ activations in all, which are held in memory.</summary>
    public required VectorSource Data { get; init; }

    /// <summary>The text that each vector stands for.</summary>
    public required RowTexts Rows { get; init; }

    /// <summary>The title of the page.</summary>
    public required string Title { get; init; }

    /// <summary>Names and values that say where the report comes from, in order; none by default.</summary>
    public IReadOnlyList<(string Name, string Value)> About { get; init; } = [];

    /// <summary>Figures of the whole run; none by default.</summary>
    public IReadOnlyList<TitledFigure> Figures { get; init; } = [];

    /// <summary>Training as it went; null where it is not known.</summary>
    public TrainingCurves? Curves { get; init; }

    /// <summary>The sweep that the run belongs to; null where there is none.</summary>
    public SweepPlane? Sweep { get; init; }

    /// <summary>A text for each feature, or null for one without; null where no feature has any.</summary>
    public IReadOnlyList<string?>? Labels { get; init; }

    /// <summary>
    /// A label for each vector, or null for one without: activations are split by the five most frequent ones; null
    /// where vectors have none.
    /// </summary>
    public IReadOnlyList<string?>? RowLabels { get; init; }

    /// <summary>The output matrix of the model that the activations come from; null where it is not given.</summary>
    public OutputMatrix? Output { get; init; }

    /// <summary>The picture that each vector stands for; null where vectors are no pictures.</summary>
    public PictureSet? Pictures { get; init; }
}
