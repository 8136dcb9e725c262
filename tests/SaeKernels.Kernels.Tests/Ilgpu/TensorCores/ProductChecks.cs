using SaeKernels.Ilgpu;
using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>What holds for the matrix products of every precision.</summary>
internal static class ProductChecks
{
    private const int Rows = 16;
    private const int Columns = 8;

    /// <summary>A single 1 in a picks a row of b, so each result says from where a lane's element was taken.</summary>
    public static void EveryElementOfAIsWhereTheTableSays<TProduct>(FragmentLayout layout)
        where TProduct : struct, IMatrixProduct
    {
        float[,] b = Numbered(layout.Depth, Columns);
        (float[,] A, float[,] B)[] cases =
            [.. Places(Rows, layout.Depth).Select(place => (OneAt(place, Rows, layout.Depth), b))];
        RequireExact<TProduct>(layout, cases);
    }

    /// <summary>A single 1 in b picks a column of a.</summary>
    public static void EveryElementOfBIsWhereTheTableSays<TProduct>(FragmentLayout layout)
        where TProduct : struct, IMatrixProduct
    {
        float[,] a = Numbered(Rows, layout.Depth);
        (float[,] A, float[,] B)[] cases =
            [.. Places(layout.Depth, Columns).Select(place => (a, OneAt(place, layout.Depth, Columns)))];
        RequireExact<TProduct>(layout, cases);
    }

    /// <summary>Random integers whose products and sums are exact in every precision.</summary>
    public static void IntegersAreExact<TProduct>(FragmentLayout layout)
        where TProduct : struct, IMatrixProduct
    {
        RandomSequence random = new(77, RandomPurpose.General);
        RequireExact<TProduct>(
            layout,
            [.. Enumerable.Range(0, 4).Select(_ =>
                (Integers(ref random, Rows, layout.Depth), Integers(ref random, layout.Depth, Columns)))]);
    }

    private static void RequireExact<TProduct>(FragmentLayout layout, (float[,] A, float[,] B)[] cases)
        where TProduct : struct, IMatrixProduct
    {
        float[,] sums = Numbered(Rows, Columns);
        ProductCase[] lanes = [.. cases.SelectMany(pair => layout.Split(pair.A, pair.B, sums))];
        Accumulator[] results =
            SimulatedWarp.Run<ProductCase, Accumulator>(ProductCase.Multiply<TProduct>, lanes, lanes.Length);
        for (int number = 0; number < results.Length; number++)
        {
            (int index, int lane) = Math.DivRem(number, SimulatedWarp.Lanes);
            for (int i = 0; i < 4; i++)
            {
                (int row, int column) = FragmentLayout.Sum(lane, i);
                float expected = sums[row, column];
                for (int k = 0; k < layout.Depth; k++)
                {
                    expected += cases[index].A[row, k] * cases[index].B[k, column];
                }

                Assert.Equal(expected, FragmentLayout.Values(results[number])[i]);
            }
        }
    }

    private static IEnumerable<(int Row, int Column)> Places(int rows, int columns) =>
        Enumerable.Range(0, rows * columns).Select(i => (i / columns, i % columns));

    private static float[,] OneAt((int Row, int Column) place, int rows, int columns)
    {
        float[,] matrix = new float[rows, columns];
        matrix[place.Row, place.Column] = 1;
        return matrix;
    }

    // At most 128 and 8 bits: exact in bfloat16.
    private static float[,] Numbered(int rows, int columns)
    {
        float[,] matrix = new float[rows, columns];
        foreach ((int row, int column) in Places(rows, columns))
        {
            matrix[row, column] = (row * columns) + column;
        }

        return matrix;
    }

    private static float[,] Integers(ref RandomSequence random, int rows, int columns)
    {
        float[,] matrix = new float[rows, columns];
        foreach ((int row, int column) in Places(rows, columns))
        {
            matrix[row, column] = (int)(random.NextNormal() * 20);
        }

        return matrix;
    }
}
