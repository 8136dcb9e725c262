using SaeKernels.Data;
using SaeKernels.Numerics;

namespace SaeKernels.Tests;

public sealed class NormalizationTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Mean_subtracts_the_mean_of_the_rows()
    {
        using ActivationStore store = Store(new float[,] { { 1, 10 }, { 3, 20 }, { 8, 60 }, { 99, 99 } });

        Normalization map = Normalization.Estimate(store, new RowSet([new RowRange(0, 3)]), NormalizationKind.Mean, 1);
        float[] rows = [5, 31, 4, 30];
        map.Apply(rows);

        Assert.Equal([4f, 30f], map.Mean);
        Assert.Equal(1, map.Scale);
        Assert.Equal([1f, 1, 0, 0], rows);
        Assert.False(map.IsIdentity);
    }

    [Fact]
    public void Unit_rms_makes_the_mean_square_of_an_element_one()
    {
        using ActivationStore store = Store(new float[,] { { 3, 5 }, { 5, 5 }, { 4, 0 } });

        Normalization map = Normalization.Estimate(store, RowSet.All(store), NormalizationKind.UnitRms, 1);

        Assert.Empty(map.Mean);
        Assert.Equal((float)(1 / Math.Sqrt((9 + 25 + 25 + 25 + 16) / 6.0)), map.Scale);
    }

    [Fact]
    public void Expected_average_makes_the_mean_length_the_root_of_the_width()
    {
        using ActivationStore store = Store(new float[,] { { 3, 4 }, { 0, 1 } });

        Normalization map =
            Normalization.Estimate(store, RowSet.All(store), NormalizationKind.ExpectedAverageOnlyIn, 1);
        float[] rows = [3, 4];
        map.Apply(rows);

        Assert.Empty(map.Mean);
        Assert.Equal((float)(Math.Sqrt(2) / 3), map.Scale);
        Assert.Equal([3 * map.Scale, 4 * map.Scale], rows);
    }

    [Fact]
    public void None_changes_nothing()
    {
        using ActivationStore store = Store(new float[,] { { 3, 4 } });

        Normalization map = Normalization.Estimate(store, new RowSet([]), NormalizationKind.None, 1);
        float[] rows = [3, float.NaN];
        map.Apply(rows);

        Assert.True(map.IsIdentity);
        Assert.Equal([3, float.NaN], rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(33)]
    public void Every_width_is_mapped_as_a_plain_loop_would(int width)
    {
        RandomSequence random = new(5, RandomPurpose.General);
        float[] mean = new float[width];
        float[] rows = new float[3 * width];
        for (int i = 0; i < rows.Length; i++)
        {
            mean[i % width] = random.NextSingle();
            rows[i] = random.NextSingle();
        }

        float[] expected = [.. rows.Select((x, i) => (x - mean[i % width]) * 1.7f)];
        new Normalization(NormalizationKind.Mean, mean, 1.7f).Apply(rows);

        Assert.Equal(expected, rows);
    }

    [Fact]
    public void A_far_mean_loses_no_digits_of_the_variance()
    {
        using ActivationStore store =
            Store(new float[,] { { 16777214, 1 }, { 16777216, 1 }, { 16777214, 3 }, { 16777216, 3 } });

        // The mean is (16777215, 2): every squared distance is 1 + 1.
        Assert.Equal(2.0, VarianceEstimate.Compute(store, RowSet.All(store), Normalization.Identity, 1));
    }

    [Fact]
    public void Variance_is_of_the_vectors_after_the_map()
    {
        using ActivationStore store = Store(new float[,] { { 1, 0 }, { 3, 0 }, { 50, 50 } });
        Normalization map = new(NormalizationKind.Mean, [7, 7], 2);

        Assert.Equal(4.0, VarianceEstimate.Compute(store, new RowSet([new RowRange(0, 2)]), map, 1));
    }

    [Fact]
    public void Above_two_to_the_twentieth_a_seeded_sample_is_taken()
    {
        const int Rows = (1 << 20) + 1000;
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "large.npy", Rows, dIn: 1));

        float First(ulong seed) =>
            Normalization.Estimate(store, RowSet.All(store), NormalizationKind.Mean, seed).Mean[0];

        // All but a thousandth of the rows: the sample's mean differs from the whole mean of 1000·(n − 1)/2 by at most
        // 1000 rows · 1000·n / 2^20 elements.
        Assert.InRange(First(1), 1000 * ((Rows / 2.0) - 1001), 1000 * ((Rows / 2.0) + 1001));
        Assert.Equal(First(1), First(1));
        Assert.NotEqual(First(1), First(2));
    }

    [Theory]
    [InlineData(NormalizationKind.UnitRms)]
    [InlineData(NormalizationKind.ExpectedAverageOnlyIn)]
    public void Vectors_that_are_all_zero_cannot_be_scaled(NormalizationKind kind)
    {
        using ActivationStore store = Store(new float[3, 2]);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(
            () => Normalization.Estimate(store, RowSet.All(store), kind, 1));
        Assert.EndsWith(
            "the vectors must have a finite length above 0 to be scaled, but the scale would be Infinity. "
            + "Choose NormalizationKind.None, or look at the data.",
            fault.Message);
    }

    [Fact]
    public void An_estimate_over_no_rows_is_refused()
    {
        using ActivationStore store = Store(new float[3, 2]);

        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => Normalization.Estimate(store, new RowSet([]), NormalizationKind.Mean, 1));
        Assert.Equal("Estimate: at least 1 row is needed, but the set of rows is empty. Pass some.", fault.Message);
    }

    [Fact]
    public void Parts_of_vectors_are_refused()
    {
        Normalization map = new(NormalizationKind.Mean, [7, 7], 2);

        Assert.Equal(
            "Normalization: a buffer must hold whole vectors of 2 elements, but has 3 elements. "
            + "Pass vectors of the width that was estimated.",
            Assert.Throws<ArgumentException>(() => map.Apply(new float[3])).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    public void A_scale_outside_its_range_is_refused(float scale)
    {
        Assert.StartsWith(
            "Normalization: the scale must be finite and above 0, but is ",
            Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.UnitRms, [], scale)).Message);
    }

    public void Dispose() => this.folder.Dispose();

    private ActivationStore Store(float[,] values) =>
        StoreFiles.Open(StoreFiles.WriteSingles(this.folder, "values.safetensors", values));
}
