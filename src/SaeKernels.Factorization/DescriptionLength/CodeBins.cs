using System.Globalization;
using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// The bins that codes are rounded to, each latent with its own, of equal width: a value v of latent i is in bin
/// ⌊v · (Counts[i] / Upper[i])⌋, in float32, and stands for the middle of it.
/// </summary>
public sealed class CodeBins
{
    private const int MostBins = 1 << 20;
    private readonly EvenBins[] bins;

    /// <summary>Puts bins together.</summary>
    /// <param name="counts">The number of bins of each latent, at least 1.</param>
    /// <param name="upper">The upper edge of the last bin of each latent, above 0.</param>
    internal CodeBins(int[] counts, float[] upper)
    {
        this.bins = [.. counts.Zip(upper, (count, edge) => new EvenBins(0, edge, count))];
        this.Counts = counts;
        this.Upper = upper;
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.bins.Length;

    /// <summary>The number of bins of each latent.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>The upper edge of the last bin of each latent; the lower edge of the first one is 0.</summary>
    public IReadOnlyList<float> Upper { get; }

    /// <summary>The bins of each latent.</summary>
    internal IReadOnlyList<EvenBins> All => this.bins;

    /// <summary>Makes the same number of bins for each latent, from 0 to its largest value.</summary>
    /// <param name="largest">The largest value of each latent; 0 where it is never active.</param>
    /// <param name="bins">The number of bins, 1 to 2²⁰.</param>
    /// <exception cref="ArgumentException">There are fewer bins, or more.</exception>
    public static CodeBins ByCount(IReadOnlyList<float> largest, int bins)
    {
        ArgumentNullException.ThrowIfNull(largest);
        return bins is >= 1 and <= MostBins
            ? new CodeBins([.. Enumerable.Repeat(bins, largest.Count)], [.. largest.Select(UpperEdge)])
            : throw new ArgumentException(
                $"CodeBins: Bins must be 1 to {MostBins}, but is {bins}. Choose another number.");
    }

    /// <summary>Makes bins of the same width for all latents, as many as the largest value of each needs.</summary>
    /// <param name="largest">The largest value of each latent; 0 where it is never active.</param>
    /// <param name="width">The width of a bin; above 0.</param>
    /// <exception cref="ArgumentException">The width is not above 0, or needs over 2²⁰ bins for a latent.</exception>
    public static CodeBins ByWidth(IReadOnlyList<float> largest, float width)
    {
        ArgumentNullException.ThrowIfNull(largest);
        float[] edges = [.. largest.Select(UpperEdge)];
        if (!(width > 0) || edges.Any(value => value / width >= MostBins))
        {
            throw new ArgumentException(
                $"CodeBins: width must be above 0 and cut the largest value into fewer than {MostBins} bins, but is "
                + $"{width} for {edges.DefaultIfEmpty().Max()}. Choose a larger width.");
        }

        int[] bins = Array.ConvertAll(edges, value => (int)Math.Floor((double)value / width) + 1);
        return new CodeBins(bins, Array.ConvertAll(bins, count => count * width));
    }

    /// <summary>Returns the bin of a value; one above the last bin is in it.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="value">The value, above 0.</param>
    public int PlaceOf(int latent, float value) => this.bins[latent].IndexOf(value);

    /// <summary>Returns what a bin stands for.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="place">The bin.</param>
    public float MiddleOf(int latent, int place) =>
        (place + 0.5f) * this.bins[latent].Width;

    /// <summary>Throws where other bins are not these.</summary>
    /// <param name="where">Who asks.</param>
    /// <param name="other">The other bins.</param>
    /// <exception cref="ArgumentException">There are other latents, numbers of bins or edges.</exception>
    internal void RequireEqual(string where, CodeBins other)
    {
        if (this.Latents != other.Latents)
        {
            throw new ArgumentException(
                $"{where}: both sides must have {this.Latents} latents, but the other one has {other.Latents}. "
                + "Merge parts of one model.");
        }

        for (int latent = 0; latent < this.Latents; latent++)
        {
            (int Count, float Upper) own = (this.Counts[latent], this.Upper[latent]);
            (int Count, float Upper) others = (other.Counts[latent], other.Upper[latent]);
            if (own != others)
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{where}: both sides must have the same bins, {own.Count} up to {own.Upper} for latent {latent}, "
                    + $"but the other one has {others.Count} up to {others.Upper}. Count both with what the merged "
                    + $"first passes found."));
            }
        }
    }

    // The bins of a latent that is never active may have any width.
    private static float UpperEdge(float largest) => largest > 0 ? largest : 1;
}
