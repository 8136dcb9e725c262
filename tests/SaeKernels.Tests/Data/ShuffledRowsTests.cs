using SaeKernels.Data;
using SaeKernels.Testing;

namespace SaeKernels.Tests;

public sealed class ShuffledRowsTests : IDisposable
{
    private const int RowBytes = StoreFiles.DIn * sizeof(float);
    private readonly TestFolder folder = new();

    /// <summary>Everything fits; three to thirty windows; a short block; one window a block; one row a block.</summary>
    public static TheoryData<int, long, int> Options => new()
    {
        { 1000, 1L << 30, 256 },
        { 1000, 500 * RowBytes, 16 },
        { 1003, 64 * RowBytes, 7 },
        { 1000, 1, 100 },
        { 37, 20 * RowBytes, 1 },
        { 1, 1, 256 },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_row_is_visited_once_an_epoch(int rows, long windowBytes, int blockRows)
    {
        using ActivationStore store = Store(rows);
        using ShuffledRows shuffled = Shuffle(store, 1, windowBytes, blockRows);

        for (int epoch = 0; epoch < 3; epoch++)
        {
            Assert.Equal(Enumerable.Range(0, rows).Select(i => (long)i), Read(shuffled, rows).Order());
        }

        Assert.Equal(3L * rows, shuffled.Position);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Read_sizes_do_not_change_the_order(int rows, long windowBytes, int blockRows)
    {
        using ActivationStore store = Store(rows);
        using ShuffledRows whole = Shuffle(store, 1, windowBytes, blockRows);
        using ShuffledRows parts = Shuffle(store, 1, windowBytes, blockRows);
        long[] expected = Read(whole, 3 * rows);

        List<long> found = [];
        for (int size = 1; found.Count < expected.Length; size = (size * 3 % 101) + 1)
        {
            found.AddRange(Read(parts, Math.Min(size, expected.Length - found.Count)));
        }

        Assert.Equal(expected, found);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Resuming_at_any_position_continues_the_same_order(int rows, long windowBytes, int blockRows)
    {
        using ActivationStore store = Store(rows);
        using ShuffledRows whole = Shuffle(store, 9, windowBytes, blockRows);
        long[] expected = Read(whole, (4 * rows) + 5);
        using ShuffledRows wandering = Shuffle(store, 9, windowBytes, blockRows);

        for (int position = 2 * rows; position >= 0; position -= Math.Max(1, rows / 19))
        {
            using ShuffledRows resumed = Shuffle(store, 9, windowBytes, blockRows);
            resumed.Position = position;
            wandering.Position = position;

            Assert.Equal(expected.Skip(position).Take(2 * rows), Read(resumed, 2 * rows));
            Assert.Equal(expected.Skip(position).Take(5), Read(wandering, 5));
        }
    }

    [Fact]
    public void Seeds_and_epochs_have_orders_of_their_own()
    {
        using ActivationStore store = Store(1000);
        using ShuffledRows first = Shuffle(store, 1, 1L << 30, 256);
        using ShuffledRows second = Shuffle(store, 2, 1L << 30, 256);
        long[] epoch0 = Read(first, 1000);

        Assert.NotEqual(epoch0, Read(first, 1000));
        Assert.NotEqual(epoch0, Read(second, 1000));
    }

    [Fact]
    public void Data_that_fits_is_permuted_exactly_uniformly()
    {
        using ActivationStore store = Store(3);
        Dictionary<string, int> counts = [];
        using ShuffledRows shuffled = Shuffle(store, 3, 1L << 30, 2);
        const int Epochs = 6000;
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            string order = string.Join(' ', Read(shuffled, 3));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        // Six orders; five standard deviations of a binomial count with p = 1/6 are 5·√(6000·5/36) = 144.4.
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 1000 - 144, 1000 + 144));
    }

    [Fact]
    public void A_small_window_mixes_rows_from_far_apart()
    {
        using ActivationStore store = Store(10_000);
        using ShuffledRows shuffled = Shuffle(store, 4, 1000 * RowBytes, 10);

        // A window of 500 rows holds 50 of 1,000 blocks. Any tenth of the data misses it with probability
        // below 0.9^50 = 0.005, so ten tenths are all there but in one case of 20; two windows leave one in 3,700.
        long[] start = Read(shuffled, 1000);

        Assert.Equal(10, start.Select(row => row / 1000).Distinct().Count());
        Assert.True(start.Zip(start.Skip(1)).Count(pair => pair.Second == pair.First + 1) < 20);
    }

    [Fact]
    public void Only_the_rows_of_the_set_are_visited()
    {
        using ActivationStore store = Store(1000);
        RowSet set = new([new RowRange(3, 10), new RowRange(500, 77), new RowRange(999, 1)]);
        ShuffleOptions options = new() { WindowBytes = 40 * RowBytes, BlockRows = 4 };
        using ShuffledRows shuffled = new(store, set, 1, options);

        Assert.Equal(88, shuffled.RowsPerEpoch);
        Assert.Equal(Enumerable.Range(0, 88).Select(i => set.RowOf(i)), Read(shuffled, 88).Order());
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(40 * RowBytes)]
    public void A_file_that_shrinks_is_a_clear_error_and_not_the_end_of_the_process(long windowBytes)
    {
        using ActivationStore store = Store(1000);
        using ShuffledRows shuffled = Shuffle(store, 1, windowBytes, 4);
        this.folder.CutTo("a.npy", 2000);

        for (int attempt = 0; attempt < 2; attempt++)
        {
            InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Read(shuffled, 1000));
            Assert.Contains("it had 12128 bytes when it was opened.", fault.Message);
        }
    }

    [Theory]
    [InlineData(0, 256, "WindowBytes must be at least 1, but is 0. Raise it.")]
    [InlineData(1, 0, "BlockRows must be at least 1, but is 0. Raise it.")]
    public void Options_outside_their_range_are_refused(long windowBytes, int blockRows, string expected)
    {
        using ActivationStore store = Store(10);

        ArgumentException fault = Assert.Throws<ArgumentException>(() => Shuffle(store, 1, windowBytes, blockRows));
        Assert.Equal("ShuffledRows: " + expected, fault.Message);
    }

    [Fact]
    public void An_empty_set_is_refused()
    {
        using ActivationStore store = Store(10);

        ArgumentException fault = Assert.Throws<ArgumentException>(() => new ShuffledRows(store, new RowSet([]), 1));
        Assert.Equal("ShuffledRows: rows must hold at least 1 row, but hold 0. Pass some.", fault.Message);
    }

    [Fact]
    public void Reading_from_memory_allocates_nothing()
    {
        using ActivationStore store = Store(1000);
        using ShuffledRows shuffled = Shuffle(store, 1, 1L << 30, 256);
        float[] batch = new float[64 * StoreFiles.DIn];
        shuffled.Read(batch);
        shuffled.Read(batch);

        Assert.Equal(0, ManagedMemory.OfHalfTheCalls(() => shuffled.Read(batch)));
    }

    public void Dispose() => this.folder.Dispose();

    private static ShuffledRows Shuffle(ActivationStore store, ulong seed, long windowBytes, int blockRows) =>
        new(store, RowSet.All(store), seed, new ShuffleOptions { WindowBytes = windowBytes, BlockRows = blockRows });

    private static long[] Read(ShuffledRows shuffled, int count)
    {
        float[] batch = new float[count * StoreFiles.DIn];
        shuffled.Read(batch);
        return StoreFiles.RowsOf(batch);
    }

    private ActivationStore Store(int rows) => StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", rows));
}
