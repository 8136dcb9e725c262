using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   the active entries of a batch by latent, and within a latent by row
/// Work       two visits an entry, one a latent, no FLOP
/// Traffic    24 · entries + 12 · DSae bytes → bound by latency of the cache
/// Launch     one thread: 0.1 ms for 32,768 entries
/// Shared     none        Barriers  none
/// Order      rows ascending, auxiliary rows after them; deterministic
/// Error      none
/// Source     counting sort: Knuth, The Art of Computer Programming 3, §5.2, algorithm D
/// </summary>
internal static unsafe class BuildLatentMajor
{
    public static void Run(in BuildLatentMajorArguments arguments)
    {
        arguments.Validate();
        LatentMajorList list = arguments.List;
        int* ends = HostPointers.Of(list.Offsets);
        new Span<int>(ends, list.Latents + 1).Clear();
        Count(arguments.Codes, arguments.Rows, ends);
        if (arguments.AuxCodes is not null)
        {
            Count(arguments.AuxCodes, arguments.Rows, ends);
        }

        int total = 0;
        for (int latent = 0; latent < list.Latents; latent++)
        {
            total += ends[latent];
            ends[latent] = total;
        }

        ends[list.Latents] = total;
        // Backwards, so that each latent's end has moved to its beginning when the last entry is placed.
        if (arguments.AuxCodes is not null)
        {
            Place(arguments.AuxCodes, arguments.Rows, arguments.Rows, list, ends);
        }

        Place(arguments.Codes, arguments.Rows, 0, list, ends);
    }

    private static void Count(SparseCodes codes, int rows, int* counts)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        int end = offsets[rows];
        for (int entry = offsets[0]; entry < end; entry++)
        {
            counts[indices[entry]] += values[entry] != 0 ? 1 : 0;
        }
    }

    private static void Place(SparseCodes codes, int rows, int firstRow, LatentMajorList list, int* ends)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        int* listRows = HostPointers.Of(list.Rows);
        float* listValues = HostPointers.Of(list.Values);
        for (int row = rows - 1; row >= 0; row--)
        {
            for (int entry = offsets[row + 1] - 1; entry >= offsets[row]; entry--)
            {
                if (values[entry] != 0)
                {
                    int place = --ends[indices[entry]];
                    listRows[place] = firstRow + row;
                    listValues[place] = values[entry];
                }
            }
        }
    }
}
