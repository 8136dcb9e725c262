namespace SaeKernels.Testing;

/// <summary>Counts the managed memory that a call takes.</summary>
public static class ManagedMemory
{
    private const int Calls = 8;

    /// <summary>
    /// Returns how many bytes the calling thread allocates at least in half of eight calls: 0 if no more than three of
    /// them allocate anything.
    /// </summary>
    /// <remarks>
    /// What a call allocates itself, it allocates every time or every other time. The runtime allocates on the caller's
    /// thread too, now and then: when it compiles a method anew, and for caches of its own.
    /// </remarks>
    /// <param name="call">What is counted; it has run as often as it must to be warm.</param>
    public static long OfHalfTheCalls(Action call)
    {
        long[] bytes = new long[Calls];
        for (int i = 0; i < Calls; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            bytes[i] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(bytes);
        return bytes[Calls / 2];
    }
}
