namespace SaeKernels.Abstractions;

/// <summary>
/// Slots in which the next batches wait for the device, as they are stored: written on the host, sent while the device
/// computes, and turned into float32 vectors by <see cref="IComputeBackend.LoadBatch"/>.
/// </summary>
/// <remarks>
/// A thread of the caller's own may fill and send slots while another runs operations. The caller hands a slot back and
/// forth: <see cref="Send"/> before <see cref="IComputeBackend.LoadBatch"/> of the slot, and the return of that call
/// before the slot is filled again. It need not wait for the device: <see cref="Send"/> does, where the device has not
/// yet read what the slot held before.
/// </remarks>
public abstract class BatchStaging : IDisposable
{
    /// <summary>Describes slots.</summary>
    /// <param name="name">What they hold; used in messages and memory tables.</param>
    /// <param name="slots">The number of slots; at least 1.</param>
    /// <param name="slotLength">Numbers of a slot; at least 0, and less than 2³¹ bytes.</param>
    /// <param name="element">How a number is stored.</param>
    /// <exception cref="ArgumentException">A slot has 2³¹ bytes or more.</exception>
    protected BatchStaging(string name, int slots, long slotLength, StagedElement element)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(slotLength);
        long most = int.MaxValue / SizeOf(element);
        if (slotLength > most)
        {
            throw new ArgumentException(
                $"{name}: a slot must have at most {most} numbers, but has {slotLength}. Lower the batch.");
        }

        this.Name = name;
        this.Slots = slots;
        this.SlotLength = slotLength;
        this.Element = element;
    }

    /// <summary>What the slots hold; used in messages and memory tables.</summary>
    public string Name { get; }

    /// <summary>The number of slots.</summary>
    public int Slots { get; }

    /// <summary>Numbers of a slot.</summary>
    public long SlotLength { get; }

    /// <summary>How a number is stored.</summary>
    public StagedElement Element { get; }

    /// <summary>Bytes of a slot.</summary>
    public int SlotBytes => (int)this.SlotLength * SizeOf(this.Element);

    /// <summary>Returns the bytes of a stored number.</summary>
    /// <param name="element">How it is stored.</param>
    public static int SizeOf(StagedElement element) =>
        element == StagedElement.Fp32 ? sizeof(float) : sizeof(ushort);

    /// <summary>
    /// The host's memory of a slot, <see cref="SlotBytes"/> long; page-locked where the device likes that.
    /// </summary>
    /// <param name="slot">0 to <see cref="Slots"/> − 1.</param>
    public abstract Span<byte> HostMemory(int slot);

    /// <summary>Sends the host's memory of a slot to the device; returns when it is there.</summary>
    /// <param name="slot">0 to <see cref="Slots"/> − 1.</param>
    /// <exception cref="DeviceException">The device failed.</exception>
    public abstract void Send(int slot);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
