using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Sparse codes and the decoder rows that they name.</summary>
internal unsafe struct DecodedRows
{
    /// <summary>Rows of a chunk: about 10 µs of work at k = 16 and DOut = 128.</summary>
    public const int RowsPerChunk = 32;

    private readonly int* rowOffsets;
    private readonly int* indices;
    private readonly float* values;
    private readonly float* wDec;
    private readonly int columns;

    /// <summary>Opens codes and a decoder.</summary>
    public DecodedRows(SparseCodes codes, RealMatrix decoder)
    {
        this.rowOffsets = HostPointers.Of(codes.RowOffsets);
        this.indices = HostPointers.Of(codes.Indices);
        this.values = HostPointers.Of(codes.Values);
        this.wDec = HostPointers.Of(decoder);
        this.columns = decoder.Columns;
    }

    /// <summary>Adds Σ v · W_dec[i, ·] over the entries of a row, i ascending.</summary>
    /// <param name="row">The row of the batch.</param>
    /// <param name="sum">Added to, [DOut].</param>
    public readonly void AddTo(int row, float* sum) => AddTo(First(row), this.rowOffsets[row + 1], sum);

    /// <summary>The first entry of a row.</summary>
    public readonly int First(int row) => this.rowOffsets[row];

    /// <summary>The end of those entries of a row whose latent is below a limit.</summary>
    /// <param name="row">The row of the batch.</param>
    /// <param name="entry">Where to begin to look.</param>
    /// <param name="limit">The limit.</param>
    public readonly int EndOf(int row, int entry, int limit)
    {
        int end = this.rowOffsets[row + 1];
        while (entry < end && this.indices[entry] < limit)
        {
            entry++;
        }

        return entry;
    }

    /// <summary>Adds Σ v · W_dec[i, ·] over entries, i ascending.</summary>
    /// <param name="entry">The first one.</param>
    /// <param name="end">One past the last one.</param>
    /// <param name="sum">Added to, [DOut].</param>
    public readonly void AddTo(int entry, int end, float* sum)
    {
        float** group = stackalloc float*[RowGroups.Size];
        for (; entry <= end - RowGroups.Size; entry += RowGroups.Size)
        {
            for (int member = 0; member < RowGroups.Size; member++)
            {
                group[member] = Direction(entry + member);
            }

            PrefetchGroup(entry + RowGroups.Size, end);
            RowGroups.AddScaled(sum, this.values + entry, group, this.columns);
        }

        for (; entry < end; entry++)
        {
            Rows.AddScaled(sum, this.values[entry], Direction(entry), this.columns);
        }
    }

    private readonly float* Direction(int entry) => this.wDec + ((long)this.indices[entry] * this.columns);

    private readonly void PrefetchGroup(int first, int end)
    {
        int last = Math.Min(first + RowGroups.Size, end);
        for (int entry = first; entry < last; entry++)
        {
            Rows.Prefetch(Direction(entry), this.columns);
        }
    }
}
