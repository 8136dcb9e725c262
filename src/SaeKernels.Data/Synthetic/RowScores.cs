using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Some z of one row, each with the 32 random bits that decide whether its feature fires.</summary>
/// <param name="z">The z.</param>
/// <param name="entries">Of <see cref="NormalTable"/>.</param>
/// <param name="words">The bits.</param>
internal readonly ref struct RowScores(Span<float> z, Span<int> entries, Span<uint> words)
{
    private readonly Span<int> entries = entries;
    private readonly Span<uint> words = words;

    /// <summary>The z.</summary>
    public Span<float> Z { get; } = z;

    /// <summary>Draws the bits, once all z are there.</summary>
    public void Draw(BufferedRandom random)
    {
        NormalTable.AtLeast(this.Z, this.entries);
        random.Next(this.words);
    }

    /// <summary>Whether a feature fires, which it does with the probability Φ(z).</summary>
    public bool IsPassed(int index) =>
        NormalTable.MayBeBelow(this.words[index], this.entries[index])
        && NormalTable.IsBelow(this.words[index], this.Z[index]);
}
