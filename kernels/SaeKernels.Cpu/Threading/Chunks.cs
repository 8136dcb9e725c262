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
    /// The number of chunks whose sizes differ by one item at most, so that each thread has as many as the others.
    /// </summary>
    /// <param name="items">Items of work.</param>
    /// <param name="most">The most items of a chunk.</param>
    /// <param name="threads">Threads that share the chunks.</param>
    public static int EvenCount(int items, int most, int threads) =>
        Math.Min(items, threads * Math.Max(1, Count(Count(items, threads), most)));

    /// <summary>The first item of one of <see cref="EvenCount"/> chunks; that of the next is its end.</summary>
    /// <param name="chunk">Which chunk.</param>
    /// <param name="count">The number of chunks.</param>
    /// <param name="items">Items of work.</param>
    public static int EvenStart(int chunk, int count, int items) => (int)((long)chunk * items / count);
}
