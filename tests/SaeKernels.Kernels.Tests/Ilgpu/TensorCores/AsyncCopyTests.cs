using ILGPU;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of cp.async: copies are there after the wait for their group, and not before.</summary>
public sealed class AsyncCopyTests
{
    [Fact]
    public void Copies_arrive_with_the_wait_for_their_group()
    {
        Fragment[] source =
            [.. Enumerable.Range(1, 2 * SimulatedWarp.Lanes).Select(i => new Fragment((uint)i, 0, 0, 9))];

        Fragment[] seen = SimulatedWarp.Run<Fragment, Fragment>(CopyTwoGroups, source, 6 * SimulatedWarp.Lanes);

        for (int lane = 0; lane < SimulatedWarp.Lanes; lane++)
        {
            uint first = source[lane].Word0;
            uint second = source[SimulatedWarp.Lanes + lane].Word0;
            uint[] words = [.. Enumerable.Range(0, 6).Select(i => seen[(i * SimulatedWarp.Lanes) + lane].Word0)];
            // Before any wait; after the wait that leaves the second group open; after the wait for all.
            Assert.Equal([0, 0, first, 0, first, second], words);
        }
    }

    internal static void CopyTwoGroups(ArrayView<Fragment> source, ArrayView<Fragment> seen)
    {
        ArrayView<Fragment> shared = SharedMemory.Allocate<Fragment>(2 * SimulatedWarp.Lanes);
        int lane = Group.IdxX;
        int other = SimulatedWarp.Lanes + lane;
        shared[lane] = default;
        shared[other] = default;
        AsyncCopy.Copy(ref shared[lane], ref source[lane]);
        AsyncCopy.Commit();
        AsyncCopy.Copy(ref shared[other], ref source[other]);
        AsyncCopy.Commit();
        seen[lane] = shared[lane];
        seen[other] = shared[other];
        AsyncCopy.WaitForAllButOne();
        seen[(2 * SimulatedWarp.Lanes) + lane] = shared[lane];
        seen[(2 * SimulatedWarp.Lanes) + other] = shared[other];
        AsyncCopy.WaitForAll();
        seen[(4 * SimulatedWarp.Lanes) + lane] = shared[lane];
        seen[(4 * SimulatedWarp.Lanes) + other] = shared[other];
    }
}
