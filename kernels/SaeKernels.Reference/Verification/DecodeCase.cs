namespace SaeKernels.Reference;

/// <summary>Codes and a decoder, and the bounds of what they decode to.</summary>
internal sealed record DecodeCase(HostCodes Codes, float[] WDec, int DOut)
{
    public static DecodeCase Create(VerificationInputs inputs, VerificationShape shape, int k, bool rowsVary) => new(
        inputs.Codes(shape.Batch, shape.DSae, k, rowsVary),
        inputs.Reals((long)shape.DSae * shape.DOut, 1 / Math.Sqrt(shape.DOut), most: 1),
        shape.DOut);

    /// <summary>
    /// Adds sign · Σ v · W_dec[i] over the entries of a row with i below a limit to sums, one sum an output.
    /// </summary>
    public void AddRow(int row, int sign, BoundedSum[] sums, int limit = int.MaxValue)
    {
        for (int entry = this.Codes.RowOffsets[row]; entry < this.Codes.RowOffsets[row + 1]; entry++)
        {
            if (this.Codes.Indices[entry] >= limit)
            {
                break;
            }

            Bounded value = Bounded.Exact(sign * this.Codes.Values[entry]);
            long weights = (long)this.Codes.Indices[entry] * this.DOut;
            for (int d = 0; d < this.DOut; d++)
            {
                sums[d].Add(value * Bounded.Exact(this.WDec[weights + d]));
            }
        }
    }
}
