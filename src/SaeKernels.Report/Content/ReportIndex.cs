namespace SaeKernels.Report;

/// <summary>What the page shows of the whole run, and what it needs to find the rest.</summary>
internal sealed record ReportIndex
{
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;

    public required string Title { get; init; }

    public required RowKind Rows { get; init; }

    public required IReadOnlyList<IReadOnlyList<string>> About { get; init; }

    public required IReadOnlyList<TitledFigure> Figures { get; init; }

    public required int Features { get; init; }

    public required long Vectors { get; init; }

    /// <summary>Every piece of text of the report, once.</summary>
    public required IReadOnlyList<string> Pieces { get; init; }

    public required IReadOnlyList<string?>? Labels { get; init; }

    public required IReadOnlyList<FeatureColumn> Columns { get; init; }

    public required IReadOnlyList<IReadOnlyList<string>> Flags { get; init; }

    /// <summary>A few pieces of each feature's strongest examples.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Summary { get; init; }

    /// <summary>The features that have panels, in the order of the parts they lie in.</summary>
    public required IReadOnlyList<int> Detailed { get; init; }

    public required int ShardSize { get; init; }

    public required DensityView Density { get; init; }

    public required IReadOnlyList<int> Silent { get; init; }

    public required IReadOnlyList<int> Dense { get; init; }

    public required TrainingCurves? Curves { get; init; }

    public required IReadOnlyList<DictionaryMap> Maps { get; init; }

    public required SweepPlane? Sweep { get; init; }

    public required IReadOnlyList<DocumentEntry> Documents { get; init; }

    public required ImageShape? Images { get; init; }
}

/// <summary>A figure of every feature.</summary>
/// <param name="Name">Its column in the table of <c>sae features</c>.</param>
/// <param name="Title">What a person reads.</param>
/// <param name="Note">What it means.</param>
/// <param name="Scale"><c>log</c> where it spans powers of ten.</param>
/// <param name="Values">One number a feature.</param>
internal sealed record FeatureColumn(
    string Name, string Title, string Note, string Scale, IReadOnlyList<double> Values);

/// <summary>The histogram of log₁₀ density, its clusters, and how many features are silent.</summary>
internal sealed record DensityView(BinnedCounts Histogram, IReadOnlyList<DensityCluster> Clusters, int Silent);

/// <summary>Features between two values of log₁₀ density.</summary>
internal sealed record DensityCluster(string Title, double Low, double High, int Features);

/// <summary>A point of the plane for every feature.</summary>
internal sealed record DictionaryMap(string Name, string Title, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>A text of the report.</summary>
internal sealed record DocumentEntry(long Id, string Title, int Length);

/// <summary>The size of the pictures.</summary>
internal sealed record ImageShape(int Width, int Height, int Channels);
