using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>The sum of the values of all threads before this one, for every thread of a group.</summary>
internal static class GroupScan
{
    /// <param name="shared">As many elements as the group has threads.</param>
    /// <param name="segments"><see cref="GroupReduction.Width"/> elements, which <see cref="Total"/> adds.</param>
    /// <param name="value">This thread's value.</param>
    public static int Exclusive(ArrayView<int> shared, ArrayView<int> segments, int value)
    {
        int thread = Group.IdxX;
        int length = Group.DimX / GroupReduction.Width;
        int segment = thread / length;
        shared[thread] = value;
        GroupBarrier.Wait();
        if (thread < GroupReduction.Width)
        {
            segments[thread] = SumOf(shared, thread * length, (thread + 1) * length);
        }

        GroupBarrier.Wait();
        int before = SumOf(segments, 0, segment) + SumOf(shared, segment * length, thread);
        GroupBarrier.Wait();
        return before;
    }

    /// <summary>The sum of all values; to be called after <see cref="Exclusive"/> and before the next one.</summary>
    public static int Total(ArrayView<int> segments) => SumOf(segments, 0, GroupReduction.Width);

    private static int SumOf(ArrayView<int> values, int start, int end)
    {
        int sum = 0;
        for (int i = start; i < end; i++)
        {
            sum += values[i];
        }

        return sum;
    }
}
