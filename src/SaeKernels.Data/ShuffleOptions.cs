namespace SaeKernels.Data;

/// <summary>
/// How <see cref="ShuffledRows"/> uses memory. The order depends on both members: keep them to resume a run.
/// </summary>
public sealed record ShuffleOptions
{
    /// <summary>
    /// The memory for vectors in float32, in bytes; 1 GiB by default. Data that fits is kept whole and permuted
    /// exactly; other data goes through two windows of half this size, one in use and one being read.
    /// </summary>
    public long WindowBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Consecutive rows that are read at once and enter a window together; 256 by default, at least 1. More is faster
    /// on disks, fewer mixes better where the data does not fit.
    /// </summary>
    public int BlockRows { get; init; } = 256;

    /// <summary>The defaults for a store: what is drawn is drawn in larger pieces, at a lower cost a vector.</summary>
    internal static ShuffleOptions For(ActivationStore store)
    {
        const int LeastRows = 256;
        const int PieceBytes = 12 << 20;
        return store.IsDrawn
            ? new ShuffleOptions { BlockRows = Math.Clamp(PieceBytes / sizeof(float) / store.DIn, LeastRows, 4096) }
            : new ShuffleOptions();
    }
}
