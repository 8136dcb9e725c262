namespace SaeKernels.Reference;

/// <summary>Sparse codes in arrays.</summary>
internal sealed record HostCodes(int[] RowOffsets, int[] Indices, float[] Values)
{
    public int Rows => this.RowOffsets.Length - 1;
}

/// <summary>A latent-major list in arrays.</summary>
internal sealed record HostList(int[] Offsets, int[] Rows, float[] Values)
{
    /// <summary>
    /// Orders the active entries of codes, or all, and of auxiliary codes behind them, by latent and then by row.
    /// </summary>
    public static HostList Of(HostCodes codes, HostCodes? auxCodes, int latents, bool includesZeros = false)
    {
        (int Latent, int Row, float Value)[] entries =
        [
            .. Active(codes, 0, includesZeros)
                .Concat(auxCodes is null ? [] : Active(auxCodes, codes.Rows, includesZeros))
                .OrderBy(entry => entry.Latent)
                .ThenBy(entry => entry.Row),
        ];
        int[] offsets = new int[latents + 1];
        foreach ((int latent, _, _) in entries)
        {
            offsets[latent + 1]++;
        }

        for (int latent = 0; latent < latents; latent++)
        {
            offsets[latent + 1] += offsets[latent];
        }

        return new HostList(
            offsets,
            [.. entries.Select(entry => entry.Row)],
            [.. entries.Select(entry => entry.Value)]);
    }

    private static IEnumerable<(int Latent, int Row, float Value)> Active(
        HostCodes codes, int firstRow, bool includesZeros = false)
    {
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
            {
                if (includesZeros || codes.Values[entry] != 0)
                {
                    yield return (codes.Indices[entry], firstRow + row, codes.Values[entry]);
                }
            }
        }
    }
}
