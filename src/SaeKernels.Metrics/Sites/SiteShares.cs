namespace SaeKernels.Metrics;

/// <summary>How much of each latent of a crosscoder lies in each of its sites.</summary>
/// <remarks>
/// The share of site s in latent j is (‖W_dec,j^s‖ / √V_s) / Σ_t (‖W_dec,j^t‖ / √V_t), W_dec,j^s being the part of the
/// latent's decoder row that reconstructs the site and V_s the variance of the site's vectors: without it a site of
/// large activations would seem to own every latent. With two sites, shares near 0 and 1 are latents of one site alone,
/// and those near 1/2 shared ones. NaN for a row of zeros.
/// Source: Lindsey et al. 2024, Sparse crosscoders, "model diffing" (relative decoder norms).
/// </remarks>
public sealed class SiteShares
{
    private const int Block = 1024;
    private readonly double[] shares;

    private SiteShares(double[] shares, int latents, int sites)
    {
        this.shares = shares;
        this.Latents = latents;
        this.Sites = sites;
    }

    /// <summary>The number of latents, DSae.</summary>
    public int Latents { get; }

    /// <summary>The number of sites.</summary>
    public int Sites { get; }

    /// <summary>The share of a site in a latent, 0 to 1.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    /// <param name="site">0 to Sites − 1.</param>
    public double this[int latent, int site] => this.shares[((long)latent * this.Sites) + site];

    /// <summary>Computes the shares of a model.</summary>
    /// <param name="parameters">The weights.</param>
    /// <param name="widths">The width of each site, in the order in which they lie side by side.</param>
    /// <param name="variances">The variance of each site's vectors, above 0.</param>
    /// <exception cref="ArgumentException">The widths are not those of the decoder, or differ in number.</exception>
    public static SiteShares Of(
        SaeParameters parameters, IReadOnlyList<int> widths, IReadOnlyList<double> variances)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(widths);
        ArgumentNullException.ThrowIfNull(variances);
        (int latents, int width) = (parameters.WDec.Rows, parameters.WDec.Columns);
        if (widths.Sum() != width || widths.Count != variances.Count)
        {
            throw new ArgumentException(
                $"SiteShares: widths must sum up to DOut = {width}, with a variance each, but are "
                + $"{string.Join(" + ", widths)} with {variances.Count} variances. Pass the sites of the model.");
        }

        double[] shares = new double[(long)latents * widths.Count];
        double[] rows = new double[Block * width];
        for (int first = 0; first < latents; first += Block)
        {
            int count = Math.Min(Block, latents - first);
            parameters.WDec.Buffer.Download(rows.AsSpan(0, count * width), (long)first * width);
            for (int row = 0; row < count; row++)
            {
                Span<double> target = shares.AsSpan((first + row) * widths.Count, widths.Count);
                Divide(rows.AsSpan(row * width, width), widths, variances, target);
            }
        }

        return new SiteShares(shares, latents, widths.Count);
    }

    /// <summary>The mean of a site's share over the latents that have any length.</summary>
    /// <param name="site">0 to Sites − 1.</param>
    public double Mean(int site) => Enumerable.Range(0, this.Latents)
        .Select(latent => this[latent, site])
        .Where(share => !double.IsNaN(share))
        .DefaultIfEmpty(double.NaN)
        .Average();

    private static void Divide(
        ReadOnlySpan<double> row, IReadOnlyList<int> widths, IReadOnlyList<double> variances, Span<double> shares)
    {
        double sum = 0;
        for (int site = 0; site < shares.Length; site++)
        {
            ReadOnlySpan<double> part = row[..widths[site]];
            shares[site] = Math.Sqrt(VectorProducts.Dot(part, part) / variances[site]);
            sum += shares[site];
            row = row[widths[site]..];
        }

        foreach (ref double share in shares)
        {
            share /= sum;
        }
    }
}
