using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Closes codes: rows of one length, or entries sorted into their rows.</summary>
internal static unsafe class CodeRows
{
    /// <summary>Closes codes whose rows have one length and are written.</summary>
    public static void Close(SparseCodes codes, int rows, int entriesPerRow)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        for (int row = 0; row <= rows; row++)
        {
            offsets[row] = row * entriesPerRow;
        }

        *HostPointers.Of(codes.NeededEntries) = (long)rows * entriesPerRow;
    }

    /// <summary>
    /// Turns the lengths of the rows into offsets; returns false, and leaves the rows empty, where there is no room.
    /// </summary>
    /// <param name="codes">The codes.</param>
    /// <param name="counts">Entries of each row.</param>
    /// <param name="rows">The number of rows.</param>
    public static bool Open(SparseCodes codes, int* counts, int rows)
    {
        long needed = 0;
        for (int row = 0; row < rows; row++)
        {
            needed += counts[row];
        }

        *HostPointers.Of(codes.NeededEntries) = needed;
        int* offsets = HostPointers.Of(codes.RowOffsets);
        new Span<int>(offsets, rows + 1).Clear();
        if (needed > codes.Capacity)
        {
            return false;
        }

        // The offset of a row's end is where its next entry goes, so first it is the row's beginning.
        for (int row = 1; row < rows; row++)
        {
            offsets[row + 1] = offsets[row] + counts[row - 1];
        }

        return true;
    }

    /// <summary>Puts entries into their rows; those of one row keep their order.</summary>
    /// <param name="codes">The codes, opened.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many there are.</param>
    public static void Place(SparseCodes codes, in EntryList entries, long start, long count)
    {
        int* ends = HostPointers.Of(codes.RowOffsets) + 1;
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        for (long entry = start; entry < start + count; entry++)
        {
            int place = ends[entries.Rows[entry]]++;
            int key = entries.Keys[entry];
            indices[place] = entries.Latents[entry];
            values[place] = key == CandidateKeys.NaN ? float.NaN : CandidateKeys.ValueOf(key);
        }
    }
}
