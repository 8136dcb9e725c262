using System.Globalization;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>The edges and bins of the two histograms of total information; common to all that is compared.</summary>
/// <param name="CodeHigh">The upper edge of the codes.</param>
/// <param name="DictionaryHigh">The upper edge of the dictionary.</param>
/// <param name="Bins">The number of bins of each histogram, 1 to 65,536.</param>
/// <remarks>The publication leaves the lower edges open. 0 must lie between the edges of the codes.</remarks>
public sealed record InformationEdges(float CodeHigh, float DictionaryHigh, int Bins = InformationEdges.DefaultBins)
{
    /// <summary>The number of bins of the first publication.</summary>
    public const int DefaultBins = CodeHistograms.DefaultBins;

    private readonly float? dictionaryLow;

    /// <summary>The lower edge of the codes: 0 by default; minus the upper one suits codes with signs.</summary>
    public float CodeLow { get; init; }

    /// <summary>The lower edge of the dictionary: minus the upper one by default.</summary>
    public float DictionaryLow
    {
        get => this.dictionaryLow ?? -this.DictionaryHigh;
        init => this.dictionaryLow = value;
    }

    /// <summary>What a figure of these edges is printed with.</summary>
    public string Caption => string.Create(
        CultureInfo.InvariantCulture,
        $"{this.Bins} bins each, codes {this.CodeLow:G4} to {this.CodeHigh:G4}, dictionary {this.DictionaryLow:G4} to "
        + $"{this.DictionaryHigh:G4}, base {HistogramEntropy.Base}");
}
