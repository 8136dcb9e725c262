using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Reductions over the threads of a group in a fixed two-level tree: sixteen threads add every sixteenth value, then
/// every thread adds the sixteen. All threads must call them together; all get the result.
/// </summary>
/// <remarks>Three barriers instead of the log₂ of a binary tree, and shared memory may be used again at once.</remarks>
internal static class GroupReduction
{
    /// <summary>Threads of the first level; group sizes are multiples of it.</summary>
    public const int Width = 16;

    public static float Sum(ArrayView<float> shared, float value)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        if (thread < Width)
        {
            float partial = shared[thread];
            for (int i = thread + Width; i < Group.DimX; i += Width)
            {
                partial += shared[i];
            }

            shared[thread] = partial;
        }

        Group.Barrier();
        float sum = shared[0];
        for (int i = 1; i < Width; i++)
        {
            sum += shared[i];
        }

        Group.Barrier();
        return sum;
    }

    public static int Sum(ArrayView<int> shared, int value)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        if (thread < Width)
        {
            int partial = shared[thread];
            for (int i = thread + Width; i < Group.DimX; i += Width)
            {
                partial += shared[i];
            }

            shared[thread] = partial;
        }

        Group.Barrier();
        int sum = shared[0];
        for (int i = 1; i < Width; i++)
        {
            sum += shared[i];
        }

        Group.Barrier();
        return sum;
    }

    /// <param name="shared">Twice as many elements as the group has threads.</param>
    /// <param name="value">This thread's sum.</param>
    public static TwoFloat Sum(ArrayView<float> shared, TwoFloat value)
    {
        int thread = Group.IdxX;
        int low = Group.DimX;
        shared[thread] = value.High;
        shared[low + thread] = value.Low;
        Group.Barrier();
        if (thread < Width)
        {
            TwoFloat partial = value;
            for (int i = thread + Width; i < Group.DimX; i += Width)
            {
                partial = TwoFloat.Add(partial, new TwoFloat(shared[i], shared[low + i]));
            }

            shared[thread] = partial.High;
            shared[low + thread] = partial.Low;
        }

        Group.Barrier();
        TwoFloat sum = new(shared[0], shared[low]);
        for (int i = 1; i < Width; i++)
        {
            sum = TwoFloat.Add(sum, new TwoFloat(shared[i], shared[low + i]));
        }

        Group.Barrier();
        return sum;
    }

    /// <summary>The largest value; NaN counts as the smallest.</summary>
    public static float Max(ArrayView<float> shared, float value)
    {
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        if (thread < Width)
        {
            float partial = shared[thread];
            for (int i = thread + Width; i < Group.DimX; i += Width)
            {
                partial = shared[i] > partial ? shared[i] : partial;
            }

            shared[thread] = partial;
        }

        Group.Barrier();
        float max = shared[0];
        for (int i = 1; i < Width; i++)
        {
            max = shared[i] > max ? shared[i] : max;
        }

        Group.Barrier();
        return max;
    }

    /// <summary>The sum of a vector, by the threads of one group.</summary>
    public static TwoFloat SumOf(ArrayView<float> vector, int length, ArrayView<float> shared)
    {
        TwoFloat sum = default;
        for (int i = Group.IdxX; i < length; i += Group.DimX)
        {
            sum = TwoFloat.Add(sum, vector[i]);
        }

        return Sum(shared, sum);
    }
}
