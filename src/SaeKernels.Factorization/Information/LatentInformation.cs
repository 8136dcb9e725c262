using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// The other model of total information: each latent's codes, and each direction, under a histogram of its own.
/// </summary>
/// <remarks>
/// Same edges and bins as the pooled one. Never more bits than the pooled figure, because a histogram of its own fits a
/// column at least as well; the histograms themselves are free in both.
/// </remarks>
public sealed record LatentInformation
{
    private LatentInformation(double[] codeBits, double[] dictionaryBits)
    {
        this.CodeBits = codeBits;
        this.DictionaryBits = dictionaryBits;
    }

    /// <summary>Bits of all codes of each latent, zeros included, [DSae].</summary>
    public IReadOnlyList<double> CodeBits { get; }

    /// <summary>Bits of each direction, [DSae].</summary>
    public IReadOnlyList<double> DictionaryBits { get; }

    /// <summary>Bits of both, over all latents.</summary>
    public double TotalBits => this.CodeBits.Sum() + this.DictionaryBits.Sum();

    /// <summary>Counts a factorisation.</summary>
    /// <param name="codes">The codes; entries above the upper edge count in the last bin.</param>
    /// <param name="dictionary">The dictionary [DSae, DIn].</param>
    /// <param name="edges">Edges and bins.</param>
    public static LatentInformation Of(SparseRows codes, RowMatrix dictionary, InformationEdges edges)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(edges);
        long[][] counts = [.. Enumerable.Range(0, dictionary.Rows).Select(_ => new long[edges.Bins])];
        EvenBins codeBins = new(0, edges.CodeHigh, edges.Bins);
        for (int entry = 0; entry < codes.Values.Length; entry++)
        {
            counts[codes.Columns[entry]][codeBins.IndexOf(codes.Values[entry])]++;
        }

        double[] codeBits = new double[dictionary.Rows];
        double[] dictionaryBits = new double[dictionary.Rows];
        EvenBins dictionaryBins = new(-edges.DictionaryHigh, edges.DictionaryHigh, edges.Bins);
        long[] own = new long[edges.Bins];
        for (int latent = 0; latent < dictionary.Rows; latent++)
        {
            counts[latent][codeBins.IndexOf(0)] += codes.Rows - counts[latent].Sum();
            codeBits[latent] = HistogramEntropy.SurprisalOf(counts[latent]);
            Array.Clear(own);
            foreach (float element in dictionary[latent])
            {
                own[dictionaryBins.IndexOf(element)]++;
            }

            dictionaryBits[latent] = HistogramEntropy.SurprisalOf(own);
        }

        return new LatentInformation(codeBits, dictionaryBits);
    }
}
