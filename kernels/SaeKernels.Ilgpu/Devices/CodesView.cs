using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of sparse codes.</summary>
internal struct CodesView
{
    public ArrayView<int> RowOffsets;
    public ArrayView<int> Indices;
    public ArrayView<float> Values;

    public static CodesView Of(KernelDevice device, SparseCodes codes) => new()
    {
        RowOffsets = device.View(codes.RowOffsets),
        Indices = device.View(codes.Indices),
        Values = device.View(codes.Values),
    };

    /// <summary>Adds Σ v · matrix[i, column] over the entries of a row, i ascending; called in kernels.</summary>
    public static float AddDecoded(
        CodesView codes, int row, ArrayView<float> matrix, int columns, int column, float start)
    {
        float sum = start;
        int end = codes.RowOffsets[row + 1];
        for (int entry = codes.RowOffsets[row]; entry < end; entry++)
        {
            long place = ((long)codes.Indices[entry] * columns) + column;
            sum = FusedMultiplyAdd.Fma(codes.Values[entry], matrix[place], sum);
        }

        return sum;
    }
}
