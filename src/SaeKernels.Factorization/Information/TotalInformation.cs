using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// The total information of a factorisation: the surprisal of all entries of its codes and of its dictionary, each
/// under one histogram of all of them, zeros included.
/// </summary>
/// <remarks>
/// I(S) + I(D) = N · DSae · H_S + DSae · DIn · H_D bits. Lower at equal <c>mse</c> and equal edges; at other edges or
/// bins it is another figure. It says nothing about meaning: on autoencoders of real activations it did not follow what
/// people could interpret (Bricken et al. 2023).
/// Source: Anthropic, Circuits Updates, May 2023.
/// </remarks>
public sealed record TotalInformation
{
    /// <summary>Puts the figure together.</summary>
    /// <param name="codes">The histogram of the codes, with the zeros of all latents.</param>
    /// <param name="dictionary">The histogram of the dictionary.</param>
    /// <param name="vectors">The number of vectors that the codes are of; 0 for a part without any.</param>
    public TotalInformation(PooledHistogram codes, PooledHistogram dictionary, long vectors)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(dictionary);
        ArgumentOutOfRangeException.ThrowIfNegative(vectors);
        this.Codes = codes;
        this.Dictionary = dictionary;
        this.Vectors = vectors;
    }

    /// <summary>The histogram of the codes, with its edges and bins.</summary>
    public PooledHistogram Codes { get; }

    /// <summary>The histogram of the dictionary, with its edges and bins.</summary>
    public PooledHistogram Dictionary { get; }

    /// <summary>The number of vectors that the codes are of.</summary>
    public long Vectors { get; }

    /// <summary>Bits of all codes; NaN where an entry is outside the edges.</summary>
    public double CodeBits => this.Codes.TotalBits;

    /// <summary>Bits of the dictionary; NaN where an entry is outside the edges.</summary>
    public double DictionaryBits => this.Dictionary.TotalBits;

    /// <summary>Bits of both: <c>total_information_bits</c>.</summary>
    public double TotalBits => this.CodeBits + this.DictionaryBits;

    /// <summary>Bits of both for each vector; the dictionary's share falls as vectors are added. NaN without one.
    /// </summary>
    public double BitsPerVector => this.Vectors == 0 ? double.NaN : this.TotalBits / this.Vectors;

    /// <summary>Returns the figure in another unit than bits.</summary>
    /// <param name="logarithmBase">The base of its logarithm, above 1: e for nats, 10 for decimal digits.</param>
    public double TotalIn(double logarithmBase)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(logarithmBase, 1);
        return this.TotalBits / Math.Log2(logarithmBase);
    }

    /// <summary>Joins what was counted in other vectors, of the same dictionary and with the same edges.</summary>
    /// <remarks>Counts are whole numbers: parts of any size, joined in any order, give the same figure.</remarks>
    /// <param name="other">The other part; not changed.</param>
    /// <returns>The figure of both parts.</returns>
    /// <exception cref="ArgumentException">It has other edges or bins, or another dictionary.</exception>
    public TotalInformation Merge(TotalInformation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (this.Dictionary != other.Dictionary)
        {
            throw new ArgumentException(
                "TotalInformation: both sides must have one dictionary, counted with the same edges and bins, but the "
                + "counts differ. Merge parts of one model, with the same edges.");
        }

        return new TotalInformation(
            this.Codes.Merge(other.Codes), this.Dictionary, this.Vectors + other.Vectors);
    }
}
