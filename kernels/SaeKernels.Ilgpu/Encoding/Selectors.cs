namespace SaeKernels.Ilgpu;

/// <summary>What producers of tiles must know of every selector.</summary>
internal static class Selectors
{
    /// <summary>The most shared memory of a selector, in elements.</summary>
    public const int StateLength = 4 * TileJob.Slots;
}
