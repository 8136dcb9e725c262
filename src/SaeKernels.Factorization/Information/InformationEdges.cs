using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>The edges and bins of the two histograms of total information; common to all that is compared.</summary>
/// <param name="CodeHigh">Codes are counted from 0 to this; above 0.</param>
/// <param name="DictionaryHigh">Dictionaries are counted from minus this to this; above 0.</param>
/// <param name="Bins">The number of bins of each histogram, 1 to 65,536.</param>
public sealed record InformationEdges(float CodeHigh, float DictionaryHigh, int Bins = InformationEdges.DefaultBins)
{
    /// <summary>The number of bins of the first publication.</summary>
    public const int DefaultBins = CodeHistograms.DefaultBins;
}
