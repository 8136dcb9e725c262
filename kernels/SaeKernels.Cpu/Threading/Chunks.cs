namespace SaeKernels.Cpu;

/// <summary>How work is cut: into chunks of a fixed size, so that results do not depend on the threads.</summary>
internal static class Chunks
{
    /// <summary>The number of chunks.</summary>
    /// <param name="items">Items of work.</param>
    /// <param name="size">Items in a chunk.</param>
    public static int Count(int items, int size) => (int)(((long)items + size - 1) / size);

    /// <summary>The item after the last one of a chunk.</summary>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="size">Items in a chunk.</param>
    /// <param name="items">Items of work.</param>
    public static int End(int chunk, int size, int items) => (int)Math.Min(items, (chunk + 1L) * size);

    /// <summary>
    /// Items in a chunk, so that chunks are as equal as possible, and as many as the threads can share evenly.
    /// </summary>
    /// <param name="items">Items of work.</param>
    /// <param name="most">The most items of a chunk.</param>
    /// <param name="threads">Threads that share the chunks.</param>
    public static int EvenSize(int items, int most, int threads)
    {
        int rounds = Math.Max(1, Count(Count(items, threads), most));
        return Math.Max(1, Count(items, threads * rounds));
    }
}
