namespace SaeKernels.Factorization;

/// <summary>How many of so many vectors put each latent into each of its bins: all that the length of their codes
/// depends on.</summary>
public sealed class CodeTable
{
    private readonly long[][] counts;

    /// <summary>Puts a table together.</summary>
    /// <param name="vectors">The number of vectors.</param>
    /// <param name="bins">The bins.</param>
    /// <param name="counts">Entries of each latent in each of its bins; at most one a vector.</param>
    internal CodeTable(long vectors, CodeBins bins, long[][] counts)
    {
        this.Vectors = vectors;
        this.Bins = bins;
        this.counts = counts;
    }

    /// <summary>The number of vectors.</summary>
    public long Vectors { get; }

    /// <summary>The number of latents.</summary>
    public int Latents => this.counts.Length;

    /// <summary>The bins.</summary>
    public CodeBins Bins { get; }

    /// <summary>The entries of all latents.</summary>
    public long Entries => Enumerable.Range(0, this.Latents).Sum(ActiveOf);

    /// <summary>How many entries of a latent are in each of its bins.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public IReadOnlyList<long> CountsOf(int latent) => this.counts[latent];

    /// <summary>How many vectors a latent is active on.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public long ActiveOf(int latent) => this.counts[latent].Sum();

    /// <summary>Returns the counts of these vectors and of others, with the same bins.</summary>
    internal CodeTable Merge(CodeTable other) => new(
        this.Vectors + other.Vectors,
        this.Bins,
        [.. this.counts.Zip(other.counts, (left, right) => left.Zip(right, (one, more) => one + more).ToArray())]);
}
