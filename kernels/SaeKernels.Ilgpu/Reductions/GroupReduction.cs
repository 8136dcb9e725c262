using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Reductions over the threads of a group in a fixed two-level tree: sixteen threads add every sixteenth value, then
/// every thread adds the sixteen. All threads must call them together; all get the result.
/// </summary>
/// <remarks>
/// Two barriers instead of the log₂ of a binary tree. The sixteen have a place of their own, so that shared memory may
/// be used for the next reduction at once (of numbers, of two-float sums, or of three sums: each in memory of its own).
/// </remarks>
internal static class GroupReduction
{
    /// <summary>Threads of the first level; group sizes are multiples of it.</summary>
    public const int Width = 16;

    /// <summary>Elements of shared memory that any reduction gets along with.</summary>
    public const int SharedLength = 2 * (KernelDevice.MaxGroupSize + Width);

    /// <summary>Elements of shared memory that a reduction of three sums needs.</summary>
    public const int SharedLengthOfThree = 3 * (KernelDevice.MaxGroupSize + Width);

    public static float Sum(ArrayView<float> shared, float value)
    {
        int thread = Group.IdxX;
        int partials = Group.DimX;
        shared[thread] = value;
        GroupBarrier.Wait();
        if (thread < Width)
        {
            float partial = value;
            for (int i = thread + Width; i < partials; i += Width)
            {
                partial += shared[i];
            }

            shared[partials + thread] = partial;
        }

        GroupBarrier.Wait();
        float sum = shared[partials];
        for (int i = 1; i < Width; i++)
        {
            sum += shared[partials + i];
        }

        return sum;
    }

    public static int Sum(ArrayView<int> shared, int value)
    {
        int thread = Group.IdxX;
        int partials = Group.DimX;
        shared[thread] = value;
        GroupBarrier.Wait();
        if (thread < Width)
        {
            int partial = value;
            for (int i = thread + Width; i < partials; i += Width)
            {
                partial += shared[i];
            }

            shared[partials + thread] = partial;
        }

        GroupBarrier.Wait();
        int sum = shared[partials];
        for (int i = 1; i < Width; i++)
        {
            sum += shared[partials + i];
        }

        return sum;
    }

    public static TwoFloat Sum(ArrayView<float> shared, TwoFloat value)
    {
        int thread = Group.IdxX;
        int low = Group.DimX;
        int partials = 2 * low;
        int lowPartials = partials + Width;
        shared[thread] = value.High;
        shared[low + thread] = value.Low;
        GroupBarrier.Wait();
        if (thread < Width)
        {
            TwoFloat partial = value;
            for (int i = thread + Width; i < low; i += Width)
            {
                partial = TwoFloat.Add(partial, new TwoFloat(shared[i], shared[low + i]));
            }

            shared[partials + thread] = partial.High;
            shared[lowPartials + thread] = partial.Low;
        }

        GroupBarrier.Wait();
        TwoFloat sum = new(shared[partials], shared[lowPartials]);
        for (int i = 1; i < Width; i++)
        {
            sum = TwoFloat.Add(sum, new TwoFloat(shared[partials + i], shared[lowPartials + i]));
        }

        return sum;
    }

    public static ThreeSums Sum(ArrayView<float> shared, ThreeSums value)
    {
        int thread = Group.IdxX;
        int threads = Group.DimX;
        int partials = 3 * threads;
        Store(shared, 0, threads, thread, value);
        GroupBarrier.Wait();
        if (thread < Width)
        {
            ThreeSums partial = value;
            for (int i = thread + Width; i < threads; i += Width)
            {
                partial = ThreeSums.Add(partial, Load(shared, 0, threads, i));
            }

            Store(shared, partials, Width, thread, partial);
        }

        GroupBarrier.Wait();
        ThreeSums sum = Load(shared, partials, Width, 0);
        for (int i = 1; i < Width; i++)
        {
            sum = ThreeSums.Add(sum, Load(shared, partials, Width, i));
        }

        return sum;
    }

    /// <summary>The largest value; NaN counts as the smallest.</summary>
    public static float Max(ArrayView<float> shared, float value)
    {
        int thread = Group.IdxX;
        int partials = Group.DimX;
        shared[thread] = value;
        GroupBarrier.Wait();
        if (thread < Width)
        {
            float partial = value;
            for (int i = thread + Width; i < partials; i += Width)
            {
                partial = shared[i] > partial ? shared[i] : partial;
            }

            shared[partials + thread] = partial;
        }

        GroupBarrier.Wait();
        float max = shared[partials];
        for (int i = 1; i < Width; i++)
        {
            max = shared[partials + i] > max ? shared[partials + i] : max;
        }

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

    private static void Store(ArrayView<float> shared, int start, int pitch, int place, ThreeSums sums)
    {
        shared[start + place] = sums.First;
        shared[start + pitch + place] = sums.Second;
        shared[start + (2 * pitch) + place] = sums.Third;
    }

    private static ThreeSums Load(ArrayView<float> shared, int start, int pitch, int place) => new()
    {
        First = shared[start + place],
        Second = shared[start + pitch + place],
        Third = shared[start + (2 * pitch) + place],
    };
}
