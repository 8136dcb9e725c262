namespace SaeKernels.Tests.Training;

/// <summary>What encoders keep, by plain sorting; of equal latents the lowest row, then the lowest index.</summary>
internal static class HeldSelection
{
    /// <summary>The K largest of every row.</summary>
    public static bool[][] TopK(double[][] preActivations, int k) =>
        [.. preActivations.Select(row => Largest([row], k)[0])];

    /// <summary>The largest of each of K groups of neighbours in every row.</summary>
    public static bool[][] GroupMax(double[][] preActivations, int k) =>
    [
        .. preActivations.Select(
            row => row.Chunk(row.Length / k).SelectMany(group => Largest([group], 1)[0]).ToArray()),
    ];

    /// <summary>The rows · K largest of the batch.</summary>
    public static bool[][] BatchTopK(double[][] preActivations, int k) =>
        Largest(preActivations, preActivations.Length * k);

    /// <summary>The K largest of flagged latents in every row.</summary>
    public static bool[][] TopKOf(bool[] flags, double[][] preActivations, int k) =>
        TopK([.. preActivations.Select(row => row.Select((p, j) => flags[j] ? p : double.MinValue).ToArray())], k);

    /// <summary>What is kept and above 0.</summary>
    public static bool[][] Positive(bool[][] kept, double[][] preActivations) =>
        Pairs(preActivations, (row, latent) => kept[row][latent] && preActivations[row][latent] > 0);

    /// <summary>What is above 0 and left out, though something equal to it is active, in any row.</summary>
    public static bool[][] LostTies(bool[][] active, double[][] preActivations)
    {
        HashSet<double> values =
            [.. preActivations.SelectMany((row, b) => row.Where((_, latent) => active[b][latent]))];
        return Pairs(
            preActivations, (row, latent) => !active[row][latent] && values.Contains(preActivations[row][latent]));
    }

    /// <summary>A flag for each row and latent.</summary>
    public static bool[][] Pairs(double[][] preActivations, Func<int, int, bool> flag) =>
        [.. preActivations.Select((row, b) => row.Select((_, latent) => flag(b, latent)).ToArray())];

    private static bool[][] Largest(double[][] rows, int count)
    {
        int width = rows[0].Length;
        HashSet<int> kept =
        [
            // Sorting is stable.
            .. Enumerable.Range(0, rows.Length * width).OrderByDescending(i => rows[i / width][i % width]).Take(count),
        ];
        return Pairs(rows, (row, latent) => kept.Contains((row * width) + latent));
    }
}
