namespace SaeKernels.Abstractions;

/// <summary>A <see cref="BatchStaging"/> of a backend that computes in the host's own memory.</summary>
public sealed unsafe class HostBatchStaging : BatchStaging
{
    private readonly NativeMemoryBlock<byte>[] memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="name">What the slots hold.</param>
    /// <param name="slots">The number of slots; at least 1.</param>
    /// <param name="slotLength">Numbers of a slot.</param>
    /// <param name="element">How a number is stored.</param>
    /// <param name="ledger">Counts the bytes until they are disposed; null where nobody counts.</param>
    public HostBatchStaging(
        string name, int slots, long slotLength, StagedElement element, MemoryLedger? ledger = null)
        : base(name, slots, slotLength, element)
    {
        this.memory = new NativeMemoryBlock<byte>[slots];
        for (int slot = 0; slot < slots; slot++)
        {
            this.memory[slot] = new NativeMemoryBlock<byte>(this.SlotBytes, ledger);
        }
    }

    /// <inheritdoc/>
    public override Span<byte> HostMemory(int slot) => this.memory[slot].AsSpan(0, this.SlotBytes);

    /// <summary>The first byte of a slot; aligned to 64 bytes.</summary>
    /// <param name="slot">0 to <see cref="BatchStaging.Slots"/> − 1.</param>
    public byte* Bytes(int slot) => this.memory[slot].Elements;

    /// <inheritdoc/>
    public override void Send(int slot) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, this.Slots);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (NativeMemoryBlock<byte> slot in this.memory)
            {
                slot.Dispose();
            }
        }
    }
}
