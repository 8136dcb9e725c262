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
        Count(arguments.Codes, arguments, ends);
        if (arguments.AuxCodes is not null)
        {
            Count(arguments.AuxCodes, arguments, ends);
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
            Place(arguments.AuxCodes, arguments, arguments.Rows, ends);
        }

        Place(arguments.Codes, arguments, 0, ends);
    }

    private static void Count(SparseCodes codes, in BuildLatentMajorArguments arguments, int* counts)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        bool all = arguments.IncludesZeros;
        int end = offsets[arguments.Rows];
        for (int entry = offsets[0]; entry < end; entry++)
        {
            counts[indices[entry]] += all || values[entry] != 0 ? 1 : 0;
        }
    }

    private static void Place(SparseCodes codes, in BuildLatentMajorArguments arguments, int firstRow, int* ends)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        int* listRows = HostPointers.Of(arguments.List.Rows);
        float* listValues = HostPointers.Of(arguments.List.Values);
        bool all = arguments.IncludesZeros;
        for (int row = arguments.Rows - 1; row >= 0; row--)
        {
            for (int entry = offsets[row + 1] - 1; entry >= offsets[row]; entry--)
            {
                if (all || values[entry] != 0)
                {
                    int place = --ends[indices[entry]];
                    listRows[place] = firstRow + row;
                    listValues[place] = values[entry];
                }
            }
        }
    }
}
