using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The entries of sparse codes.</summary>
internal readonly unsafe struct Codes<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public Codes(SparseCodes codes)
    {
        this.RowOffsets = Host.Ints(codes.RowOffsets);
        this.Indices = Host.Ints(codes.Indices);
        this.Values = Reals<T>.Of(codes.Values);
    }

    public int* RowOffsets { get; }

    public int* Indices { get; }

    public Reals<T> Values { get; }

    /// <summary>Adds Σ v · W_dec[i] over the entries of a row to a vector.</summary>
    public void AddRow(int row, RealRows<T> wDec, Span<double> sum)
    {
        for (int entry = this.RowOffsets[row]; entry < this.RowOffsets[row + 1]; entry++)
        {
            double value = this.Values[entry];
            for (int d = 0; d < sum.Length; d++)
            {
                sum[d] += value * wDec[this.Indices[entry], d];
            }
        }
    }
}
