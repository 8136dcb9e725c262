using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests;

/// <summary>Activation files whose every element says where it stands: row · 1000 + column.</summary>
internal static class StoreFiles
{
    public const int DIn = 3;

    public static float Element(long row, int column) => (row * 1000) + column;

    /// <summary>Writes rows from <paramref name="firstRow"/> on, with document ids where a function is given.</summary>
    public static string Write(
        TestFolder folder,
        string name,
        int rows,
        long firstRow = 0,
        int dIn = DIn,
        Func<long, long>? documentOf = null,
        TensorType type = TensorType.F32,
        string tensorName = "activations")
    {
        TensorContent activations = TensorContent.Singles(
            tensorName,
            [rows, dIn],
            (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    (long row, long column) = Math.DivRem(first + i, dIn);
                    to[i] = Element(firstRow + row, (int)column);
                }
            },
            type);
        string path = folder.PathOf(name);
        if (path.EndsWith(".npy", StringComparison.Ordinal))
        {
            NpyFile.Write(path, activations);
            return path;
        }

        List<TensorContent> tensors = [activations];
        if (documentOf is not null)
        {
            tensors.Add(Integers("doc_ids", rows, row => documentOf(firstRow + row)));
            tensors.Add(Integers("token_ids", rows, row => 7 * (firstRow + row)));
            tensors.Add(Integers("pos", rows, row => -(firstRow + row)));
        }

        SafetensorsWriter.Write(path, tensors);
        return path;
    }

    public static string WriteSingles(TestFolder folder, string name, float[,] values)
    {
        int columns = values.GetLength(1);
        string path = folder.PathOf(name);
        SafetensorsWriter.Write(path, [
            TensorContent.Singles("activations", [values.GetLength(0), columns], (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = values[(first + i) / columns, (first + i) % columns];
                }
            }),
        ]);
        return path;
    }

    /// <summary>Reads rows and returns which ones they are, after checking that each is whole.</summary>
    public static long[] RowsOf(ReadOnlySpan<float> vectors, int dIn = DIn)
    {
        long[] rows = new long[vectors.Length / dIn];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (long)vectors[i * dIn] / 1000;
            for (int column = 0; column < dIn; column++)
            {
                Assert.Equal(Element(rows[i], column), vectors[(i * dIn) + column]);
            }
        }

        return rows;
    }

    public static ActivationStore Open(params string[] paths) => ActivationStore.Open(paths);

    private static TensorContent Integers(string name, int rows, Func<long, long> value) =>
        TensorContent.Int64s(name, [rows], (first, to) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = value(first + i);
            }
        });
}
