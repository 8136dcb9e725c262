using SaeKernels.Metrics;

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
    private LatentInformation(InformationEdges edges, double[] codeBits, double[] dictionaryBits)
    {
        this.Edges = edges;
        this.CodeBits = codeBits;
        this.DictionaryBits = dictionaryBits;
    }

    /// <summary>The edges and bins of all histograms.</summary>
    public InformationEdges Edges { get; }

    /// <summary>Bits of all codes of each latent, zeros included, [DSae].</summary>
    public IReadOnlyList<double> CodeBits { get; }

    /// <summary>Bits of each direction, [DSae].</summary>
    public IReadOnlyList<double> DictionaryBits { get; }

    /// <summary>Bits of both, over all latents.</summary>
    public double TotalBits => this.CodeBits.Sum() + this.DictionaryBits.Sum();

    /// <summary>Counts a factorisation.</summary>
    /// <param name="codes">The codes; entries outside the edges count in the bin next to them.</param>
    /// <param name="dictionary">The dictionary [DSae, DIn].</param>
    /// <param name="edges">Edges and bins.</param>
    public static LatentInformation Of(SparseRows codes, RowMatrix dictionary, InformationEdges edges)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentNullException.ThrowIfNull(edges);
        CodeHistograms histograms = new(dictionary.Rows, edges.CodeHigh, edges.Bins, edges.CodeLow);
        histograms.Add(codes.Rows, codes.Columns, codes.Values);
        int[] latents = [.. Enumerable.Range(0, dictionary.Rows)];
        return new LatentInformation(
            edges,
            Array.ConvertAll(latents, histograms.BitsOf),
            Array.ConvertAll(latents, latent => DirectionInformation.BitsOf(
                dictionary[latent], edges.DictionaryLow, edges.DictionaryHigh, edges.Bins)));
    }
}
