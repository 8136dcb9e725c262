using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Counts the managed memory of training steps.</summary>
internal static class StepAllocations
{
    /// <summary>Returns the least bytes that the calling thread allocates in one of four steps.</summary>
    /// <remarks>
    /// What a step allocates it allocates every time; the runtime may do so once, when it replaces code.
    /// </remarks>
    public static long Least(TrainingState state, ReadOnlySpan<float> batch)
    {
        long least = long.MaxValue;
        for (int step = 0; step < 4; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            state.Advance(batch);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
