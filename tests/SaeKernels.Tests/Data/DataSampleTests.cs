using SaeKernels.Data;

namespace SaeKernels.Tests;

public sealed class DataSampleTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(150)]
    [InlineData(199)]
    [InlineData(200)]
    public void A_sample_has_different_rows_of_the_set(int count)
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 1000));
        RowSet set = new([new RowRange(10, 100), new RowRange(700, 100)]);

        long[] rows = StoreFiles.RowsOf(DataSample.Read(store, set, count, seed: 3));

        Assert.Equal(count, rows.Length);
        Assert.Equal(rows.Order().Distinct(), rows);
        Assert.All(rows, row => Assert.True(row is (>= 10 and < 110) or (>= 700 and < 800)));
    }

    [Fact]
    public void Every_row_is_equally_likely()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 5));
        int[] counts = new int[5];
        for (ulong seed = 0; seed < 5000; seed++)
        {
            foreach (long row in StoreFiles.RowsOf(DataSample.Read(store, RowSet.All(store), 2, seed)))
            {
                counts[row]++;
            }
        }

        // Five standard deviations of a binomial count with p = 2/5 are 5·√(5000·6/25) = 173.2.
        Assert.All(counts, count => Assert.InRange(count, 2000 - 173, 2000 + 173));
    }

    [Fact]
    public void The_seed_determines_the_sample()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 1000));
        RowSet all = RowSet.All(store);

        Assert.Equal(DataSample.Read(store, all, 50, 3), DataSample.Read(store, all, 50, 3));
        Assert.NotEqual(DataSample.Read(store, all, 50, 3), DataSample.Read(store, all, 50, 4));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(-1)]
    public void More_rows_than_there_are_cannot_be_had(int count)
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 10));

        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => DataSample.Read(store, RowSet.All(store), count, 1));
        Assert.StartsWith("DataSample: count must be between 0 and the 10 rows, ", fault.Message);
        Assert.EndsWith($"but is {count} vectors of 3. Lower count.", fault.Message);
    }

    public void Dispose() => this.folder.Dispose();
}
