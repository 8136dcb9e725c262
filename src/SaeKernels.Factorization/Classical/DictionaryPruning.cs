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
    /// Replaces a sixteenth of the directions, chosen as in <see cref="Prune"/>, by empty ones, which a solver makes
    /// of the vectors that are worst.
    /// </summary>
    /// <param name="factorization">A factorisation.</param>
    public static SparseFactorization Shake(SparseFactorization factorization)
    {
        const int Share = 16;
        RowMatrix dictionary = factorization.Dictionary;
        int replaced = Math.Min(dictionary.Rows - 1, Math.Max(1, dictionary.Rows / Share));
        SparseFactorization fewer = Prune(factorization, dictionary.Rows - replaced);
        return fewer with
        {
            Dictionary = Pad(fewer.Dictionary),
            Encoder = fewer.Encoder is null ? null : new LinearEncoder(
                Pad(fewer.Encoder.Weights), [.. fewer.Encoder.Biases, .. new float[replaced]]),
        };

        RowMatrix Pad(RowMatrix rows) =>
            rows with { Elements = [.. rows.Elements, .. new float[replaced * rows.Width]] };
    }

    /// <summary>
    /// Empties the directions of latents that no vector activates, for a solver as in <see cref="Shake"/>; null where
    /// there is none.
    /// </summary>
    /// <param name="factorization">A factorisation by an autoencoder.</param>
    public static SparseFactorization? Wake(SparseFactorization factorization)
    {
        HashSet<int> active = [.. factorization.Codes.Columns];
        if (active.Count == factorization.Dictionary.Rows)
        {
            return null;
        }

        RowMatrix rows = factorization.Dictionary;
        return factorization with
        {
            Dictionary = rows with
            {
                Elements =
                [
                    .. rows.Elements.Select((element, place) => active.Contains(place / rows.Width) ? element : 0),
                ],
            },
            Encoder = factorization.Encoder! with
            {
                Biases =
                    [.. factorization.Encoder.Biases.Select((bias, latent) => active.Contains(latent) ? bias : 0)],
            },
        };
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
        int[] atoms = [.. Enumerable.Range(0, kept.Length).Where(atom => kept[atom])];
        int[] place = new int[kept.Length];
        foreach ((int index, int atom) in atoms.Index())
        {
            place[atom] = index;
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
            Dictionary = Rows(larger.Dictionary, atoms),
            Codes = new SparseRows(offsets, [.. columns], [.. values]),
            Encoder = larger.Encoder is null ? null : new LinearEncoder(
                Rows(larger.Encoder.Weights, atoms), [.. atoms.Select(atom => larger.Encoder.Biases[atom])]),
        };
    }

    private static RowMatrix Rows(RowMatrix matrix, int[] rows)
    {
        float[] elements = new float[rows.Length * matrix.Width];
        foreach ((int index, int row) in rows.Index())
        {
            matrix[row].CopyTo(elements.AsSpan(index * matrix.Width));
        }

        return matrix with { Elements = elements };
    }
}
