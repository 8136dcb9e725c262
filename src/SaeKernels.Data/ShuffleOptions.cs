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
}
