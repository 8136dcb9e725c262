namespace SaeKernels.Abstractions;

/// <summary>
/// Groups of consecutive latents, of which the first group, the first two, and so on are prefixes that reconstruct on
/// their own, and where the residuals of each group lie: one block of batch rows below another.
/// </summary>
/// <remarks>
/// Block 0 belongs to the last group, which only the whole dictionary has. The others follow from
/// <see cref="FirstBlock"/> on, the last but one first and the first group last, so that the sum over all prefixes is
/// the last block.
/// </remarks>
public readonly record struct LatentPrefixes
{
    /// <summary>Describes prefixes.</summary>
    /// <param name="ends">The number of latents in each prefix, ascending, the last one DSae; [count].</param>
    /// <param name="count">The number of prefixes; at least 1.</param>
    /// <param name="firstBlock">Where the groups but the last begin; 2 where block 1 is taken, else 1.</param>
    /// <param name="firstEnd">The element of <paramref name="ends"/> where these ends begin; at least 0.</param>
    /// <exception cref="ArgumentException">A number is outside its range.</exception>
    public LatentPrefixes(IntBuffer ends, int count, int firstBlock, int firstEnd = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstBlock, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstEnd);
        Shape.RequireLength(nameof(LatentPrefixes), nameof(ends), ends, (long)firstEnd + count);
        this.FirstEnd = firstEnd;
        this.Ends = ends;
        this.Count = count;
        this.FirstBlock = firstBlock;
    }

    /// <summary>
    /// The number of latents in each prefix, ascending, the last one DSae: Count elements from <see cref="FirstEnd"/>
    /// on.
    /// </summary>
    public IntBuffer Ends { get; }

    /// <summary>Where the ends begin.</summary>
    public int FirstEnd { get; }

    /// <summary>The number of prefixes.</summary>
    public int Count { get; }

    /// <summary>The block of the last group but one.</summary>
    public int FirstBlock { get; }

    /// <summary>Blocks of residuals, one that is taken for other ends included.</summary>
    public int Blocks => this.FirstBlock + this.Count - 1;

    /// <summary>The block that belongs to the first group: the sum over all prefixes.</summary>
    public int BlockOfAll => this.Count == 1 ? 0 : this.Blocks - 1;
}
