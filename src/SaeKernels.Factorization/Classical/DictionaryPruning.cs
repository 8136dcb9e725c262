namespace SaeKernels.Factorization;

/// <summary>Makes a start for a smaller dictionary of a factorisation with a larger one.</summary>
/// <remarks>
/// Random starts alone miss the exact number of features: two directions share one feature and one feature has none. A
/// larger dictionary finds all of them, beside others that are superfluous.
/// </remarks>
internal static class DictionaryPruning
{
    private const float DuplicateCosine = 0.9f;

    /// <summary>
    /// Keeps so many directions: of two that are alike the one used less goes first, then what is used least.
    /// </summary>
    /// <param name="larger">A factorisation.</param>
    /// <param name="atoms">How many directions stay; at most as many as there are.</param>
    public static SparseFactorization Prune(SparseFactorization larger, int atoms)
    {
        double[] use = UseOf(larger);
        bool[] kept = new bool[use.Length];
        int[] order = [.. Enumerable.Range(0, use.Length).OrderByDescending(atom => use[atom]).ThenBy(atom => atom)];
        List<int> unique = [];
        List<int> duplicates = [];
        foreach (int atom in order)
        {
            bool isDuplicate = unique.Exists(
                other => VectorMath.Dot(larger.Dictionary[atom], larger.Dictionary[other]) > DuplicateCosine);
            (isDuplicate ? duplicates : unique).Add(atom);
        }

        foreach (int atom in unique.Concat(duplicates).Take(atoms))
        {
            kept[atom] = true;
        }

        return Keep(larger, kept);
    }

    /// <summary>
    /// Replaces a sixteenth of the directions, chosen as in <see cref="Prune"/>, by empty ones, which the solver makes
    /// of the vectors that are worst.
    /// </summary>
    /// <param name="factorization">A factorisation.</param>
    public static SparseFactorization Shake(SparseFactorization factorization)
    {
        const int Share = 16;
        RowMatrix dictionary = factorization.Dictionary;
        int replaced = Math.Min(dictionary.Rows - 1, Math.Max(1, dictionary.Rows / Share));
        SparseFactorization fewer = Prune(factorization, dictionary.Rows - replaced);
        float[] padded = [.. fewer.Dictionary.Elements, .. new float[replaced * dictionary.Width]];
        return fewer with { Dictionary = new RowMatrix(padded, dictionary.Width) };
    }

    /// <summary>How much each direction carries: the sum of its squared codes.</summary>
    private static double[] UseOf(SparseFactorization larger)
    {
        double[] use = new double[larger.Dictionary.Rows];
        for (int entry = 0; entry < larger.Codes.Values.Length; entry++)
        {
            double value = larger.Codes.Values[entry];
            use[larger.Codes.Columns[entry]] += value * value;
        }

        return use;
    }

    private static SparseFactorization Keep(SparseFactorization larger, bool[] kept)
    {
        int width = larger.Dictionary.Width;
        int[] place = new int[kept.Length];
        List<float> directions = [];
        for (int atom = 0; atom < kept.Length; atom++)
        {
            place[atom] = kept[atom] ? directions.Count / width : -1;
            if (kept[atom])
            {
                directions.AddRange(larger.Dictionary[atom]);
            }
        }

        long[] offsets = new long[larger.Codes.Offsets.Length];
        List<int> columns = [];
        List<float> values = [];
        for (int row = 0; row < larger.Codes.Rows; row++)
        {
            for (long entry = larger.Codes.Offsets[row]; entry < larger.Codes.Offsets[row + 1]; entry++)
            {
                if (kept[larger.Codes.Columns[entry]])
                {
                    columns.Add(place[larger.Codes.Columns[entry]]);
                    values.Add(larger.Codes.Values[entry]);
                }
            }

            offsets[row + 1] = values.Count;
        }

        return larger with
        {
            Dictionary = new RowMatrix([.. directions], width),
            Codes = new SparseRows(offsets, [.. columns], [.. values]),
        };
    }
}
