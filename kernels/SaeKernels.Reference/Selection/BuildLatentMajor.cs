using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   the active entries of a batch by latent, then by row
/// Work       two visits an entry, no FLOP
/// Traffic    24 · entries + 8 · DSae bytes
/// Launch     one thread: count, running sum, place
/// Shared     DSae int of scratch        Barriers  none
/// Order      codes by row, then auxiliary codes by row; deterministic
/// Error      none: values are copied
/// Source     counting sort: Knuth, The Art of Computer Programming 3, §5.2
/// </summary>
internal static unsafe class BuildLatentMajor
{
    public static void Run<T>(in BuildLatentMajorArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int latents = arguments.List.Latents;
        int[] next = new int[latents + 1];
        Count<T>(arguments.Codes, arguments, next);
        if (arguments.AuxCodes is not null)
        {
            Count<T>(arguments.AuxCodes, arguments, next);
        }

        int* offsets = Host.Ints(arguments.List.Offsets);
        int total = 0;
        for (int latent = 0; latent <= latents; latent++)
        {
            int count = next[latent];
            offsets[latent] = total;
            next[latent] = total;
            total += count;
        }

        Place<T>(arguments.Codes, arguments, firstRow: 0, next);
        if (arguments.AuxCodes is not null)
        {
            Place<T>(arguments.AuxCodes, arguments, firstRow: arguments.Rows, next);
        }
    }

    private static void Count<T>(SparseCodes source, in BuildLatentMajorArguments arguments, int[] counts)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Codes<T> codes = new(source);
        for (int entry = codes.RowOffsets[0]; entry < codes.RowOffsets[arguments.Rows]; entry++)
        {
            if (arguments.IncludesZeros || codes.Values[entry] != 0)
            {
                counts[codes.Indices[entry]]++;
            }
        }
    }

    private static void Place<T>(SparseCodes source, in BuildLatentMajorArguments arguments, int firstRow, int[] next)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Codes<T> codes = new(source);
        int* listRows = Host.Ints(arguments.List.Rows);
        Reals<T> listValues = Reals<T>.Of(arguments.List.Values);
        for (int row = 0; row < arguments.Rows; row++)
        {
            for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
            {
                if (arguments.IncludesZeros || codes.Values[entry] != 0)
                {
                    int place = next[codes.Indices[entry]]++;
                    listRows[place] = firstRow + row;
                    listValues[place] = codes.Values[entry];
                }
            }
        }
    }
}
