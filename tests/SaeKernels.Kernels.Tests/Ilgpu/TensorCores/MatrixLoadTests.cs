using ILGPU;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of ldmatrix.m8n8.x4 against the layout of the PTX documentation.</summary>
public sealed class MatrixLoadTests
{
    [Fact]
    public void Every_lane_gets_a_pair_of_its_row_of_each_matrix()
    {
        // Element e of row r of matrix m is 64 m + 8 r + e; lane 8 m + r points to row r of matrix m.
        Fragment[] rows = [.. Enumerable.Range(0, SimulatedWarp.Lanes).Select(lane => new Fragment(
            Pair(8 * lane), Pair((8 * lane) + 2), Pair((8 * lane) + 4), Pair((8 * lane) + 6)))];

        Fragment[] loaded = SimulatedWarp.Run<Fragment, Fragment>(Load, rows, SimulatedWarp.Lanes);

        for (int lane = 0; lane < SimulatedWarp.Lanes; lane++)
        {
            uint[] words = [loaded[lane].Word0, loaded[lane].Word1, loaded[lane].Word2, loaded[lane].Word3];
            for (int matrix = 0; matrix < 4; matrix++)
            {
                Assert.Equal(Pair((64 * matrix) + (lane / 4 * 8) + (2 * (lane % 4))), words[matrix]);
            }
        }
    }

    internal static void Load(ArrayView<Fragment> rows, ArrayView<Fragment> loaded)
    {
        ArrayView<Fragment> shared = SharedMemory.Allocate<Fragment>(SimulatedWarp.Lanes);
        // Any order of rows in memory will do: lanes say where theirs is.
        int place = Group.IdxX * 5 % SimulatedWarp.Lanes;
        shared[place] = rows[Group.IdxX];
        Group.Barrier();
        loaded[Group.IdxX] = MatrixLoad.LoadFour(ref shared[place]);
    }

    private static uint Pair(int first) => (uint)first | ((uint)(first + 1) << 16);
}
