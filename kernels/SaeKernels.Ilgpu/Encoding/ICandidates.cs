using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Keys that a selection is made from: row by row, a row in one or more segments; called in kernels.</summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface ICandidates<TSelf>
    where TSelf : struct, ICandidates<TSelf>
{
    static abstract int Segments(TSelf self);

    static abstract int Length(TSelf self, int row, int segment);

    static abstract ulong Key(TSelf self, int row, int segment, int place);
}

/// <summary>The keys in the lists of <see cref="RowLists"/>, a segment a range of latents.</summary>
internal struct ListCandidates : ICandidates<ListCandidates>
{
    public RowLists Lists;

    public static int Segments(ListCandidates self) => self.Lists.Jobs.Ranges;

    public static int Length(ListCandidates self, int row, int segment) =>
        self.Lists.Lengths[((long)segment * self.Lists.Rows) + row];

    public static ulong Key(ListCandidates self, int row, int segment, int place)
    {
        int block = row / self.Lists.Jobs.RowsPerBlock;
        int job = (segment * self.Lists.Jobs.RowBlocks) + block;
        long start = RowLists.Start(self.Lists, job, row - (block * self.Lists.Jobs.RowsPerBlock));
        return self.Lists.Keys[start + ((long)place * self.Lists.KeyStride)];
    }
}

/// <summary>Keys row after row.</summary>
internal struct RowCandidates : ICandidates<RowCandidates>
{
    public ArrayView<ulong> Keys;

    /// <summary>[rows + 1] where each row begins.</summary>
    public ArrayView<int> Starts;

    public static int Segments(RowCandidates self) => 1;

    public static int Length(RowCandidates self, int row, int segment) => self.Starts[row + 1] - self.Starts[row];

    public static ulong Key(RowCandidates self, int row, int segment, int place) =>
        self.Keys[self.Starts[row] + place];
}
