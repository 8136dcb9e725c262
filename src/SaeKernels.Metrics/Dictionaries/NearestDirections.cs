using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>The other row of a dictionary that points most nearly the same way as each row.</summary>
/// <param name="Latent">The other row; −1 where the dictionary has one row, or this one is zero.</param>
/// <param name="Cosine">The cosine with it, −1 to 1; NaN where there is none.</param>
public readonly record struct NearestDirection(int Latent, double Cosine);

/// <summary>
/// Finds nearest rows with the backend's encoder: blocks of rows against all rows, the best two kept.
/// </summary>
/// <remarks>
/// 2 · rows² · width FLOP on the device, in the backend's precision; memory is a copy of the dictionary and of a block.
/// The choice is made by float32 cosines of unit rows, so rows whose cosines differ by less than about 10⁻⁶ may be
/// taken for each other; of equal ones the lowest row wins. The cosine told is float64.
/// </remarks>
public static class NearestDirections
{
    private const int Block = 1024;

    /// <summary>Finds the nearest other row of every row.</summary>
    /// <param name="backend">Computes; owner of the dictionary.</param>
    /// <param name="dictionary">The rows [rows, width]; not changed, of any length.</param>
    public static NearestDirection[] Of(IComputeBackend backend, RealMatrix dictionary)
    {
        ArgumentNullException.ThrowIfNull(backend);
        NearestDirection[] nearest = new NearestDirection[dictionary.Rows];
        Array.Fill(nearest, new NearestDirection(-1, double.NaN));
        if (dictionary.Rows < 2)
        {
            return nearest;
        }

        UnitDirections rows = UnitDirections.From(dictionary);
        using RealBuffer unit = backend.AllocateReal("NearestDirections.Rows", (long)rows.Count * rows.Width);
        using RealBuffer noBias = backend.AllocateReal("NearestDirections.Bias", rows.Count);
        using RealBuffer block = backend.AllocateReal("NearestDirections.Block", (long)Block * rows.Width);
        using SparseCodes codes = new(backend, "NearestDirections.Codes", Block, 2 * Block);
        for (int row = 0; row < rows.Count; row++)
        {
            unit.Upload(rows[row], (long)row * rows.Width);
        }

        int[] found = new int[2 * Block];
        float[] cosines = new float[2 * Block];
        for (int first = 0; first < rows.Count; first += Block)
        {
            int count = Math.Min(Block, rows.Count - first);
            for (int row = 0; row < count; row++)
            {
                block.Upload(rows[first + row], (long)row * rows.Width);
            }

            backend.EncodeTopK(new EncodeTopKArguments
            {
                Input = new RealMatrix(block, count, rows.Width),
                WEnc = new RealMatrix(unit, rows.Count, rows.Width),
                BEnc = noBias,
                K = 2,
                Codes = codes,
            });
            codes.Indices.Download(found.AsSpan(0, 2 * count));
            codes.Values.Download(cosines.AsSpan(0, 2 * count));
            _ = Parallel.For(0, count, row => nearest[first + row] =
                Choose(rows, first + row, found.AsSpan(2 * row, 2), cosines.AsSpan(2 * row, 2)));
        }

        return nearest;
    }

    private static NearestDirection Choose(
        UnitDirections rows, int row, ReadOnlySpan<int> found, ReadOnlySpan<float> cosines)
    {
        if (IsZero(rows[row]))
        {
            return new NearestDirection(-1, double.NaN);
        }

        // The row itself is one of the two, or both are its doubles. Selection is made before negative products are
        // clipped to 0, so the other one is right where all products are negative, too.
        int best = -1;
        float largest = float.NegativeInfinity;
        for (int i = 0; i < found.Length; i++)
        {
            if (found[i] != row && !(cosines[i] <= largest))
            {
                best = found[i];
                largest = cosines[i];
            }
        }

        return new NearestDirection(best, VectorProducts.Dot(rows[row], rows[best]));
    }

    private static bool IsZero(ReadOnlySpan<double> row) => !row.ContainsAnyExcept(0);
}
