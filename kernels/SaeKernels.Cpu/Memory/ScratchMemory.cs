using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Memory that operations use and forget: kept between calls, and replaced where more is needed.</summary>
/// <param name="ledger">Counts its bytes.</param>
internal sealed unsafe class ScratchMemory(MemoryLedger ledger) : IDisposable
{
    private readonly List<NativeMemoryBlock<byte>> blocks = [];
    private int taken;

    /// <summary>Takes back everything that was handed out; an operation begins with this.</summary>
    public void Begin() => this.taken = 0;

    /// <summary>Hands out memory aligned to 64 bytes, with arbitrary content.</summary>
    /// <param name="count">The number of elements.</param>
    /// <typeparam name="T">The element type.</typeparam>
    public T* Take<T>(long count)
        where T : unmanaged
    {
        if (this.taken == this.blocks.Count)
        {
            this.blocks.Add(new NativeMemoryBlock<byte>(0, ledger));
        }

        int index = this.taken++;
        long bytes = checked(count * sizeof(T));
        if (this.blocks[index].Length < bytes)
        {
            this.blocks[index].Dispose();
            this.blocks[index] = new NativeMemoryBlock<byte>(bytes, ledger);
        }

        return (T*)this.blocks[index].Elements;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.blocks.ForEach(block => block.Dispose());
}
