namespace SaeKernels.Abstractions;

/// <summary>
/// A device that trains and runs sparse autoencoders: memory, and operations at the grain of one stage of a step.
/// </summary>
/// <remarks>
/// <para>Operations check their arguments, enqueue work in the order of the calls and return nothing; transfers and
/// <see cref="Synchronize"/> wait. Each operation is documented beside its arguments, one file an operation.</para>
/// <para>Every operation is deterministic: the same inputs on the same backend, device and instruction path give the
/// same bits, whatever the number of threads. Every operation accepts a batch of no rows.</para>
/// <para>A backend is used by one thread at a time.</para>
/// </remarks>
public partial interface IComputeBackend : IDisposable
{
    /// <summary>What the backend computes on.</summary>
    DeviceDescription Device { get; }

    /// <summary>
    /// Bytes of all buffers that are allocated and not disposed, scratch memory of the operations included.
    /// </summary>
    long AllocatedBytes { get; }

    /// <summary>
    /// Bytes that buffers may still take, as the driver says, or else the device's memory without what this backend
    /// allocated; other programs may take them first.
    /// </summary>
    long FreeBytes { get; }

    /// <summary>Allocates zeros.</summary>
    /// <param name="name">What the buffer holds; used in messages.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="OutOfMemoryException">The device has not that much memory.</exception>
    RealBuffer AllocateReal(string name, long length);

    /// <inheritdoc cref="AllocateReal"/>
    IntBuffer AllocateInt(string name, long length);

    /// <inheritdoc cref="AllocateReal"/>
    LongBuffer AllocateLong(string name, long length);

    /// <summary>Tells how the encoders have worked so far; waits for them.</summary>
    EncoderReport ReadEncoderReport();

    /// <summary>Waits until all operations are done.</summary>
    void Synchronize();
}
