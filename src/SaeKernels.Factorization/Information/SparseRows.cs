namespace SaeKernels.Factorization;

/// <summary>A sparse matrix on the host as compressed rows, ascending columns within a row.</summary>
/// <param name="Offsets">Where each row begins, and the end: [rows + 1].</param>
/// <param name="Columns">The column of each entry.</param>
/// <param name="Values">The entries.</param>
public sealed record SparseRows(long[] Offsets, int[] Columns, float[] Values)
{
    /// <summary>The number of rows.</summary>
    public int Rows => this.Offsets.Length - 1;

    /// <summary>Returns the columns of the entries of a row.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    public ReadOnlySpan<int> ColumnsOf(int row) =>
        this.Columns.AsSpan((int)this.Offsets[row], (int)(this.Offsets[row + 1] - this.Offsets[row]));

    /// <summary>Returns the entries of a row.</summary>
    /// <param name="row">0 to <see cref="Rows"/> − 1.</param>
    public ReadOnlySpan<float> ValuesOf(int row) =>
        this.Values.AsSpan((int)this.Offsets[row], (int)(this.Offsets[row + 1] - this.Offsets[row]));

    /// <summary>Takes the entries that are not 0 from dense rows.</summary>
    /// <param name="dense">The rows, one after the other, each followed by padding.</param>
    /// <param name="stride">The distance of two rows.</param>
    internal static SparseRows From(float[] dense, int stride)
    {
        long[] offsets = new long[(dense.Length / stride) + 1];
        List<int> columns = [];
        List<float> values = [];
        for (int row = 0; row < offsets.Length - 1; row++)
        {
            for (int column = 0; column < stride; column++)
            {
                float value = dense[(row * stride) + column];
                if (value != 0)
                {
                    columns.Add(column);
                    values.Add(value);
                }
            }

            offsets[row + 1] = values.Count;
        }

        return new SparseRows(offsets, [.. columns], [.. values]);
    }
}
