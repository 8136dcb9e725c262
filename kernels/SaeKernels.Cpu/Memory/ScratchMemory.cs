using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Memory that operations use and forget: one block that is as large as the hungriest operation so far needed.
/// </summary>
/// <param name="ledger">Counts its bytes.</param>
internal sealed unsafe class ScratchMemory(MemoryLedger ledger) : IDisposable
{
    private const long Alignment = 64;
    private readonly List<NativeMemoryBlock<byte>> blocks = [];
    private long used;

    /// <summary>Takes back everything that was handed out; an operation begins with this.</summary>
    public void Begin()
    {
        this.used = 0;
        if (this.blocks.Count > 1)
        {
            // What was handed out had to stay where it was; from now on it lies in one block.
            long total = this.blocks.Sum(block => block.Length);
            Dispose();
            this.blocks.Clear();
            this.blocks.Add(new NativeMemoryBlock<byte>(total, ledger));
        }
    }

    /// <summary>Hands out memory aligned to 64 bytes, with arbitrary content.</summary>
    /// <param name="count">The number of elements.</param>
    /// <typeparam name="T">The element type.</typeparam>
    public T* Take<T>(long count)
        where T : unmanaged
    {
        // One vector more than asked for: a kernel may load, never store, a full vector at the end.
        long bytes = checked(((count * sizeof(T)) + (2 * Alignment) - 1) / Alignment * Alignment);
        if (this.blocks.Count == 0 || this.blocks[^1].Length - this.used < bytes)
        {
            this.blocks.Add(new NativeMemoryBlock<byte>(bytes, ledger));
            this.used = 0;
        }

        byte* memory = this.blocks[^1].Elements + this.used;
        this.used += bytes;
        return (T*)memory;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.blocks.ForEach(block => block.Dispose());
}
