using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Which batches work is for: all, those whose entries are listed, or those whose codes had no room. The device
/// decides, and the host enqueues the work of both ways.
/// </summary>
internal struct EntryWay
{
    private const int Always = 0;
    private const int WhereListed = 1;
    private const int WhereFull = 2;
    private ArrayView<long> needed;
    private int capacity;
    private int kind;

    /// <summary>The way of work that codes decide on.</summary>
    /// <param name="device">The device.</param>
    /// <param name="codes">The codes; null for work that is always done.</param>
    /// <param name="isListed">Whether it is done where the codes had room, or where they had not.</param>
    public static EntryWay Of(KernelDevice device, SparseCodes? codes, bool isListed) => new()
    {
        needed = codes is null ? device.Scratch.Long("EntryWay.None", 1) : device.View(codes.NeededEntries),
        capacity = codes?.Capacity ?? 0,
        kind = codes is null ? Always : isListed ? WhereListed : WhereFull,
    };

    /// <summary>How many pieces of work a kernel has: all of them, or none; called in kernels.</summary>
    /// <remarks>A loop's bound, and no condition around it: PoCL corrupts memory where barriers are in one.</remarks>
    public static int Count(EntryWay way, int count)
    {
        int isFull = way.needed[0] > way.capacity ? 1 : 0;
        int isOther = way.kind == WhereListed ? isFull : 1 - isFull;
        return way.kind != Always && isOther != 0 ? 0 : count;
    }
}
