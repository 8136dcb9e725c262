namespace SaeKernels.Ilgpu;

/// <summary>A kernel over rows, compiled for packs of four numbers and of one.</summary>
/// <typeparam name="TParameters">Everything it reads and writes: views and numbers.</typeparam>
internal sealed class PackKernel<TParameters>(
    KernelDevice device, Action<TParameters> overSingles, Action<TParameters> overFours)
    where TParameters : struct
{
    private readonly Kernel<TParameters> overSingles = new(device, overSingles);
    private readonly Kernel<TParameters> overFours = new(device, overFours);

    /// <summary>
    /// Enqueues a launch in which groups take rows in turns and threads take packs of a row in turns.
    /// </summary>
    /// <param name="rows">The rows; no launch where there are none.</param>
    /// <param name="columns">The numbers of a row.</param>
    /// <param name="parameters">The parameters.</param>
    public void Launch(long rows, int columns, in TParameters parameters) =>
        Launch(rows, columns, columns, parameters);

    /// <summary>Enqueues a launch over rows of two matrices.</summary>
    public void Launch(long rows, int columns, int otherColumns, in TParameters parameters)
    {
        int groupSize = GroupSize(columns, otherColumns);
        KernelOf(columns, otherColumns).Launch(device.Groups(rows, groupSize), groupSize, parameters);
    }

    /// <summary>Enqueues a launch over rows of two matrices by a number of groups.</summary>
    public void LaunchGroups(int groups, int columns, int otherColumns, in TParameters parameters) =>
        KernelOf(columns, otherColumns).Launch(groups, GroupSize(columns, otherColumns), parameters);

    /// <summary>Enqueues a launch in which threads take packs of a vector in turns.</summary>
    public void LaunchElements(long length, in TParameters parameters)
    {
        bool fours = length % Pack4.Width == 0;
        Kernel<TParameters> kernel = fours ? this.overFours : this.overSingles;
        long packs = length / (fours ? Pack4.Width : Pack1.Width);
        kernel.Launch(device.GroupsOfElements(packs), device.GroupSize, parameters);
    }

    private static bool HasFours(int columns, int otherColumns) =>
        columns % Pack4.Width == 0 && otherColumns % Pack4.Width == 0;

    private int GroupSize(int columns, int otherColumns) => device.GroupSizeFor(
        Math.Max(columns, otherColumns) / (HasFours(columns, otherColumns) ? Pack4.Width : Pack1.Width));

    private Kernel<TParameters> KernelOf(int columns, int otherColumns) =>
        HasFours(columns, otherColumns) ? this.overFours : this.overSingles;
}
