using SaeKernels.Data;

namespace SaeKernels.Tests;

public sealed class HoldoutSplitTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(2, 0.001)]
    [InlineData(7, 0.9)]
    [InlineData(20, 0.1)]
    [InlineData(1000, 0.1)]
    [InlineData(10_000, 0.01)]
    [InlineData(10_000, 0.999)]
    public void Both_sets_together_are_all_rows_once_and_neither_is_empty(int rows, double fraction)
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", rows));

        (RowSet training, RowSet heldOut) = HoldoutSplit.Create(store, fraction, seed: 1);

        Assert.Equal(Enumerable.Range(0, rows).Select(i => (long)i), Rows(training).Concat(Rows(heldOut)).Order());
        Assert.True(training.Count > 0);
        Assert.True(heldOut.Count > 0);
        // Units are at most 256 rows and are taken only while they bring the sum nearer.
        Assert.InRange(heldOut.Count - (fraction * rows), -128.5, 128.5);
    }

    [Fact]
    public void Blocks_of_256_rows_stay_together()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 100_000));

        RowSet heldOut = HoldoutSplit.Create(store, 0.1, seed: 1).HeldOut;

        Assert.All(heldOut.Ranges, range => Assert.Equal(0, range.First % 256));
        Assert.All(
            heldOut.Ranges,
            range => Assert.True(range.Count % 256 == 0 || range.First + range.Count == 100_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_document_is_never_split(ulong seed)
    {
        static long DocumentOf(long row) => (long)Math.Sqrt(row);
        StoreFiles.Write(this.folder, "a.safetensors", 333, documentOf: DocumentOf);
        StoreFiles.Write(this.folder, "b.safetensors", 1667, firstRow: 333, documentOf: DocumentOf);
        using ActivationStore store = StoreFiles.Open(this.folder.Root);

        (RowSet training, RowSet heldOut) = HoldoutSplit.Create(store, 0.3, seed);

        Assert.Empty(Rows(training).Select(DocumentOf).Intersect(Rows(heldOut).Select(DocumentOf)));
        Assert.Equal(2000, training.Count + heldOut.Count);
        // The longest document has 89 rows.
        Assert.InRange(heldOut.Count, 600 - 45, 600 + 45);
    }

    [Fact]
    public void The_same_seed_gives_the_same_rows_and_another_seed_others()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 5000));

        IReadOnlyList<RowRange> HeldOut(ulong seed) => HoldoutSplit.Create(store, 0.1, seed).HeldOut.Ranges;

        Assert.Equal(HeldOut(5), HeldOut(5));
        Assert.NotEqual(HeldOut(5), HeldOut(6));
    }

    [Fact]
    public void Nothing_is_held_out_for_a_fraction_of_zero()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 1));

        (RowSet training, RowSet heldOut) = HoldoutSplit.Create(store, 0, seed: 1);

        Assert.Equal(1, training.Count);
        Assert.Equal(0, heldOut.Count);
    }

    [Fact]
    public void The_smallest_document_is_held_out_where_all_are_too_large()
    {
        string path = StoreFiles.Write(this.folder, "a.safetensors", 100, documentOf: row => row < 40 ? 0 : 1);
        using ActivationStore store = StoreFiles.Open(path);

        Assert.Equal([new RowRange(0, 40)], HoldoutSplit.Create(store, 0.1, seed: 1).HeldOut.Ranges);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_its_range_is_refused(double fraction)
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 10));

        ArgumentException fault = Assert.Throws<ArgumentException>(() => HoldoutSplit.Create(store, fraction, 1));
        Assert.StartsWith("HoldoutSplit: the fraction must be at least 0 and below 1, but is ", fault.Message);
    }

    [Fact]
    public void A_single_document_cannot_be_split()
    {
        using ActivationStore store =
            StoreFiles.Open(StoreFiles.Write(this.folder, "a.safetensors", 10, documentOf: _ => 4));

        ArgumentException fault = Assert.Throws<ArgumentException>(() => HoldoutSplit.Create(store, 0.5, 1));
        Assert.Equal(
            "HoldoutSplit: the data must have at least 2 documents to hold some out, but has 1. "
            + "Pass more data, or a fraction of 0 to train on all of it.",
            fault.Message);
    }

    public void Dispose() => this.folder.Dispose();

    private static IEnumerable<long> Rows(RowSet set) =>
        Enumerable.Range(0, (int)set.Count).Select(i => set.RowOf(i));
}
