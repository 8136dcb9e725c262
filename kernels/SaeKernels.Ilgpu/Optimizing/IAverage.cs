using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Moving averages of parameters that a kernel takes while it changes them, or does not; a kernel is compiled for each.
/// </summary>
internal interface IAverage
{
    /// <summary>Takes a pack of parameters, as they are after their step, into their average.</summary>
    static abstract void Add<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, long place, TPack parameters)
        where TPack : unmanaged, IPack<TPack>;

    /// <summary>Takes a row into its average; threads own every group size-th pack.</summary>
    static abstract void AddRow<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, ArrayView<float> parameters, long start, int columns)
        where TPack : unmanaged, IPack<TPack>;
}

/// <summary>No average.</summary>
internal readonly struct NoAverage : IAverage
{
    public static void Add<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, long place, TPack parameters)
        where TPack : unmanaged, IPack<TPack>
    {
    }

    public static void AddRow<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, ArrayView<float> parameters, long start, int columns)
        where TPack : unmanaged, IPack<TPack>
    {
    }
}

/// <summary>a ← β·a + (1 − β)·w.</summary>
internal readonly struct MovingAverage : IAverage
{
    public static void Add<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, long place, TPack parameters)
        where TPack : unmanaged, IPack<TPack> =>
        TPack.Store(average, place, TPack.Map(factors, TPack.Load(average, place), parameters, parameters));

    public static void AddRow<TPack>(
        ArrayView<float> average, WeightedSum.Factors factors, ArrayView<float> parameters, long start, int columns)
        where TPack : unmanaged, IPack<TPack>
    {
        for (int d = Group.IdxX * TPack.Width; d < columns; d += Group.DimX * TPack.Width)
        {
            Add(average, factors, start + d, TPack.Load(parameters, start + d));
        }
    }
}
