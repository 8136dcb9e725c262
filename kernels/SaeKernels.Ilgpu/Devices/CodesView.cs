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

    /// <summary>Returns the end of a row's entries whose latent is below a limit; called in kernels.</summary>
    public static int EndOf(CodesView codes, int row, int first, int limit)
    {
        int end = codes.RowOffsets[row + 1];
        int entry = first;
        while (entry < end && codes.Indices[entry] < limit)
        {
            entry++;
        }

        return entry;
    }

    /// <summary>Adds Σ v · matrix[i, column…] over the entries of a row, i ascending; called in kernels.</summary>
    /// <remarks>Four rows of the matrix are on their way at once; the sums still take them one by one.</remarks>
    public static TPack AddDecoded<TPack>(
        CodesView codes, int row, ArrayView<float> matrix, int columns, int column, TPack start)
        where TPack : unmanaged, IPack<TPack> =>
        AddDecoded(codes, codes.RowOffsets[row], codes.RowOffsets[row + 1], matrix, columns, column, start);

    /// <inheritdoc cref="AddDecoded{TPack}(CodesView, int, ArrayView{float}, int, int, TPack)"/>
    public static TPack AddDecoded<TPack>(
        CodesView codes, int firstEntry, int end, ArrayView<float> matrix, int columns, int column, TPack start)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack sum = start;
        int entry = firstEntry;
        for (; entry + 3 < end; entry += 4)
        {
            TPack first = TPack.Load(matrix, ((long)codes.Indices[entry] * columns) + column);
            TPack second = TPack.Load(matrix, ((long)codes.Indices[entry + 1] * columns) + column);
            TPack third = TPack.Load(matrix, ((long)codes.Indices[entry + 2] * columns) + column);
            TPack fourth = TPack.Load(matrix, ((long)codes.Indices[entry + 3] * columns) + column);
            sum = TPack.AddScaled(sum, codes.Values[entry], first);
            sum = TPack.AddScaled(sum, codes.Values[entry + 1], second);
            sum = TPack.AddScaled(sum, codes.Values[entry + 2], third);
            sum = TPack.AddScaled(sum, codes.Values[entry + 3], fourth);
        }

        for (; entry < end; entry++)
        {
            TPack last = TPack.Load(matrix, ((long)codes.Indices[entry] * columns) + column);
            sum = TPack.AddScaled(sum, codes.Values[entry], last);
        }

        return sum;
    }
}
