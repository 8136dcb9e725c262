using SaeKernels.Data;

namespace SaeKernels.Tests;

public sealed class RowSetTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Ordinals_map_to_rows_in_order()
    {
        RowSet set = new(
            [new RowRange(2, 3), new RowRange(7, 1), new RowRange(8, 0), new RowRange(9, 2), new RowRange(11, 1)]);

        Assert.Equal(7, set.Count);
        Assert.Equal([2L, 3, 4, 7, 9, 10, 11], Enumerable.Range(0, 7).Select(i => set.RowOf(i)));
        Assert.Equal([new RowRange(2, 3), new RowRange(7, 1), new RowRange(9, 3)], set.Ranges);
    }

    [Fact]
    public void Rows_are_read_by_ordinal_across_ranges()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 20));
        RowSet set = new([new RowRange(2, 3), new RowRange(7, 1), new RowRange(9, 5)]);
        float[] rows = new float[6 * StoreFiles.DIn];

        set.Read(store, 1, rows);

        Assert.Equal([3L, 4, 7, 9, 10, 11], StoreFiles.RowsOf(rows));
    }

    [Fact]
    public void Ranges_that_overlap_are_refused()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => new RowSet([new RowRange(2, 3), new RowRange(4, 1)]));
        Assert.Equal(
            "RowSet: ranges must ascend without overlap, but rows 4 to 5 come after row 5. Sort them.",
            fault.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void Ordinals_outside_are_refused(long ordinal)
    {
        RowSet set = new([new RowRange(2, 3)]);

        Assert.Contains(
            $"ordinals must lie inside 0 to 3, but {ordinal} to {ordinal + 1} do not. Read less.",
            Assert.Throws<ArgumentOutOfRangeException>(() => set.RowOf(ordinal)).Message);
    }

    public void Dispose() => this.folder.Dispose();
}
