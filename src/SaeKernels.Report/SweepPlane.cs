namespace SaeKernels.Report;

/// <summary>What a sweep over dictionary sizes found.</summary>
/// <param name="Verdict"><c>bounce</c>, <c>no-bounce</c> or <c>not-bracketed</c>.</param>
/// <param name="Latents">The size at which it bounced, or null.</param>
/// <param name="Cells">The models of the sweep.</param>
public sealed record SweepPlane(string Verdict, int? Latents, IReadOnlyList<SweepPoint> Cells)
{
    /// <summary>What total information was counted with; null where the result does not say.</summary>
    public SweepHistograms? Histograms { get; init; }

    /// <summary>Figures by size and sparsity; null where there are none.</summary>
    public SweepHeatMaps? Maps { get; init; }
}

/// <summary>One model of a sweep.</summary>
/// <param name="Latents">Its size.</param>
/// <param name="Mse">Its mean squared error.</param>
/// <param name="Bits">Its total information in bits.</param>
public sealed record SweepPoint(int Latents, double Mse, double Bits);

/// <summary>The histograms of total information that all models of a sweep share.</summary>
/// <param name="Bins">The number of bins of each.</param>
/// <param name="Base">The base of the logarithm: 2 for bits.</param>
/// <param name="CodeEdges">The lower and the upper edge of codes.</param>
/// <param name="DictionaryEdges">The lower and the upper edge of dictionaries.</param>
/// <param name="Caption">All of these as text.</param>
public sealed record SweepHistograms(
    int Bins, int Base, IReadOnlyList<double> CodeEdges, IReadOnlyList<double> DictionaryEdges, string Caption);
