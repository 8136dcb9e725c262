using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Counts the managed memory of training steps.</summary>
internal static class StepAllocations
{
    private const int Steps = 4;

    /// <summary>Returns the most bytes that the calling thread allocates in a step, of four but for one.</summary>
    /// <remarks>
    /// What a step allocates it allocates again, in every step or in some; the runtime may do so once, for a cache of
    /// its own.
    /// </remarks>
    public static long MostButOnce(TrainingState state, ReadOnlySpan<float> batch)
    {
        long[] bytes = new long[Steps];
        for (int step = 0; step < Steps; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            state.Advance(batch);
            bytes[step] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(bytes);
        return bytes[^2];
    }
}
