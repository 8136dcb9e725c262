namespace SaeKernels.Abstractions;

/// <summary>A backend whose device has a clock, and whose best rates can be measured.</summary>
/// <remarks>Meant for profiling; nothing that computes needs it.</remarks>
public interface IMeasurableDevice
{
    /// <summary>
    /// Enqueues a mark: it notes the time at which the device has done the work before it. The device's own clock is
    /// used where it has one.
    /// </summary>
    /// <returns>The mark; the caller disposes it.</returns>
    DeviceMark Mark();

    /// <summary>Measures what the device reaches when it does one thing only.</summary>
    /// <remarks>Takes less than a second, and memory of the size given. A rate is the best of several runs.</remarks>
    /// <param name="workingSetBytes">
    /// The memory that is streamed through, in bytes; at least 1. Rates of memory depend on it: what fits in a cache
    /// moves faster.
    /// </param>
    IReadOnlyList<DeviceCeiling> MeasureCeilings(long workingSetBytes);
}
