namespace SaeKernels.Reference;

/// <summary>Checks codes whose rows keep as many entries as they need.</summary>
internal static class KeptEntries
{
    /// <summary>
    /// Checks offsets, order and values, and returns the latents and values of every row; null where the codes are so
    /// wrong that they cannot be read.
    /// </summary>
    /// <param name="comparison">Receives the outcome.</param>
    /// <param name="shape">The case.</param>
    /// <param name="codes">What the backend kept.</param>
    /// <param name="preActivations">The pre-activations of every row.</param>
    public static Dictionary<int, float>[]? Read(
        Comparison comparison, VerificationShape shape, WorkbenchCodes codes, Bounded[][] preActivations)
    {
        ReadOnlySpan<int> offsets = codes.RowOffsets.Found;
        long[] needed = new long[1];
        codes.Codes.NeededEntries.Download(needed);
        comparison.Equal("Codes.RowOffsets", 0, offsets[0], 0);
        comparison.Equal("Codes.NeededEntries", 0, needed[0], offsets[^1]);
        Dictionary<int, float>[] rows = new Dictionary<int, float>[shape.Batch];
        for (int row = 0; row < shape.Batch; row++)
        {
            if (offsets[row] < 0 || offsets[row] > offsets[row + 1] || offsets[row + 1] > codes.Indices.Found.Length)
            {
                comparison.Fail(
                    $"Codes.RowOffsets[{row + 1}]: must ascend up to {codes.Indices.Found.Length}, but is "
                    + $"{offsets[row + 1]} after {offsets[row]}.");
                return null;
            }

            rows[row] = [];
            if (!ReadRow(comparison, shape, codes, offsets[row], offsets[row + 1], preActivations[row], rows[row]))
            {
                return null;
            }
        }

        return rows;
    }

    private static bool ReadRow(
        Comparison comparison,
        VerificationShape shape,
        WorkbenchCodes codes,
        int start,
        int end,
        Bounded[] preActivations,
        Dictionary<int, float> row)
    {
        int last = -1;
        for (int entry = start; entry < end; entry++)
        {
            int latent = codes.Indices.Found[entry];
            if (latent <= last || latent >= shape.DSae)
            {
                comparison.Fail(
                    $"Codes.Indices[{entry}]: must ascend within the row up to {shape.DSae - 1}, but is {latent} "
                    + $"after {last}.");
                return false;
            }

            last = latent;
            row.Add(latent, codes.Values.Found[entry]);
            comparison.Match("Codes.Values", entry, codes.Values.Found[entry], preActivations[latent]);
        }

        return true;
    }
}
