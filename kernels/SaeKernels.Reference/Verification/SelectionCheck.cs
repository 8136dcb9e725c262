namespace SaeKernels.Reference;

/// <summary>Checks codes against the exact pre-activations they were selected from.</summary>
internal static class SelectionCheck
{
    /// <param name="output">The name of the codes.</param>
    /// <param name="comparison">Receives the outcome.</param>
    /// <param name="shape">The case.</param>
    /// <param name="codes">What the backend selected.</param>
    /// <param name="entries">The entries that every row must have.</param>
    /// <param name="preActivations">The pre-activations of every row.</param>
    /// <param name="latents">The latents that may be selected, ascending.</param>
    public static void Compare(
        string output,
        Comparison comparison,
        VerificationShape shape,
        WorkbenchCodes codes,
        int entries,
        Bounded[][] preActivations,
        int[] latents)
    {
        CompareLengths(output, comparison, shape, codes, entries);
        for (int row = 0; row < shape.Batch; row++)
        {
            Row(output, comparison, shape, codes, row * entries, entries, preActivations[row], latents);
        }
    }

    /// <summary>Checks that every row has as many entries.</summary>
    public static void CompareLengths(
        string output, Comparison comparison, VerificationShape shape, WorkbenchCodes codes, int entries)
    {
        for (int row = 0; row <= shape.Batch; row++)
        {
            comparison.Equal($"{output}.RowOffsets", row, codes.RowOffsets.Found[row], row * entries);
        }

        long[] needed = new long[1];
        codes.Codes.NeededEntries.Download(needed);
        comparison.Equal($"{output}.NeededEntries", 0, needed[0], (long)shape.Batch * entries);
    }

    private static void Row(
        string output,
        Comparison comparison,
        VerificationShape shape,
        WorkbenchCodes codes,
        int first,
        int entries,
        Bounded[] preActivations,
        int[] latents)
    {
        ReadOnlySpan<int> indices = codes.Indices.Found.Slice(first, entries);
        ReadOnlySpan<float> values = codes.Values.Found.Slice(first, entries);
        HashSet<int> rest = [.. latents];
        double limit = double.PositiveInfinity;
        for (int i = 0; i < entries; i++)
        {
            if (!rest.Remove(indices[i]) || (i > 0 && indices[i] <= indices[i - 1]))
            {
                comparison.Fail(
                    $"{output}.Indices[{first + i}]: must ascend within the row over the {latents.Length} latents that "
                    + $"may be kept, but is {indices[i]} after {(i > 0 ? indices[i - 1] : -1)}.");
                return;
            }

            Bounded exact = preActivations[indices[i]];
            comparison.Match($"{output}.Values", first + i, values[i], exact.Clamp(0, double.PositiveInfinity));
            limit = Math.Min(limit, values[i] > 0 ? Math.Min(values[i], exact.High) : exact.High);
        }

        PassedOver(output, comparison, first, rest, preActivations, limit);
        if (shape.Integers)
        {
            int[] expected = ExactSelection(preActivations, latents, entries);
            for (int i = 0; i < entries; i++)
            {
                comparison.Equal($"{output}.Indices", first + i, indices[i], expected[i]);
            }
        }
    }

    private static void PassedOver(
        string output, Comparison comparison, int first, HashSet<int> rest, Bounded[] preActivations, double limit)
    {
        foreach (int latent in rest)
        {
            Bounded exact = preActivations[latent];
            comparison.AtMost($"{output}.Selection", first, exact.Value, limit, exact.Bound);
        }
    }

    private static int[] ExactSelection(Bounded[] preActivations, int[] latents, int entries) =>
    [
        .. latents
            .OrderByDescending(latent => preActivations[latent].Value)
            .ThenBy(latent => latent)
            .Take(entries)
            .Order(),
    ];
}
