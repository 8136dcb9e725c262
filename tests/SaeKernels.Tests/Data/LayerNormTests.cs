using SaeKernels.Data;
using SaeKernels.Numerics;

namespace SaeKernels.Tests;

public class LayerNormTests
{
    private static readonly double Deviation = Math.Sqrt(5.0 / 3);

    [Fact]
    public void A_vector_has_mean_0_and_deviation_1_by_its_own()
    {
        float[] vectors = [1, 2, 3, 4, 101, 102, 103, 104];
        LayerNorm.Apply(vectors, [4]);

        // The mean is 2.5, or 102.5, and the squares sum to 5: a divisor of 4 would make the deviation √(5/4).
        float[] one = [.. new[] { -1.5, -0.5, 0.5, 1.5 }.Select(x => (float)(x / (Deviation + 1e-5)))];
        Assert.Equal([.. one, .. one], vectors);
    }

    [Fact]
    public void A_reconstruction_gets_the_deviation_without_its_epsilon_and_the_mean()
    {
        float[] reconstruction = [0, 1, -1, 2];
        LayerNorm.Restore([1, 2, 3, 4], reconstruction, [4]);

        Assert.Equal([.. new[] { 0.0, 1, -1, 2 }.Select(y => (float)((y * Deviation) + 2.5))], reconstruction);
    }

    [Fact]
    public void Each_site_has_its_own_numbers()
    {
        float[] vectors = [3, 5, 1, 2, 3, 4, -5, -3, 1, 2, 3, 4];
        float[] reconstruction = [.. Enumerable.Repeat(1f, 12)];
        float[] site = [1, 2, 3, 4];
        LayerNorm.Restore(vectors, reconstruction, [2, 4]);
        LayerNorm.Apply(vectors, [2, 4]);
        LayerNorm.Apply(site, [4]);

        float half = (float)(1 / (Math.Sqrt(2) + 1e-5));
        float restored = (float)(Deviation + 2.5);
        Assert.Equal([-half, half, .. site, -half, half, .. site], vectors);
        Assert.Equal((float)(Math.Sqrt(2) + 4), reconstruction[0]);
        Assert.Equal((float)(Math.Sqrt(2) - 4), reconstruction[6]);
        Assert.All(reconstruction[2..6], number => Assert.Equal(restored, number));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(29)]
    [InlineData(768)]
    public void Every_width_is_mapped_as_a_plain_loop_would(int width)
    {
        RandomSequence random = new(5, RandomPurpose.General);
        float[] vector = [.. Enumerable.Range(0, width).Select(_ => 1000 + random.NextSingle())];
        float[] reconstruction = [.. Enumerable.Range(0, width).Select(_ => random.NextSingle())];
        double mean = vector.Average(x => (double)x);
        double deviation = Math.Sqrt(vector.Sum(x => (x - mean) * (x - mean)) / (width - 1));
        float[] mapped = [.. vector];
        float[] restored = [.. reconstruction];
        LayerNorm.Apply(mapped, [width]);
        LayerNorm.Restore(vector, restored, [width]);

        // Sums in two orders differ by width · 2⁻⁵³ of 1,000 or less, far below the one rounding to float32.
        double far = width * Math.ScaleB(2000, -52);
        for (int i = 0; i < width; i++)
        {
            double one = (vector[i] - mean) / (deviation + 1e-5);
            double other = (reconstruction[i] * deviation) + mean;
            Assert.Equal(one, mapped[i], (Math.Abs(one) * Math.ScaleB(1, -24)) + (10 * far));
            Assert.Equal(other, restored[i], (Math.Abs(other) * Math.ScaleB(1, -24)) + (10 * far));
        }
    }

    [Fact]
    public void Equal_elements_become_zeros_and_come_back()
    {
        float[] vector = [0.1f, 0.1f, 0.1f];
        float[] mapped = [.. vector];
        float[] restored = [5, 6, 7];
        LayerNorm.Apply(mapped, [3]);
        LayerNorm.Restore(vector, restored, [3]);

        Assert.Equal([0f, 0, 0], mapped);
        Assert.Equal(vector, restored);
    }

    [Fact]
    public void Narrow_and_broken_vectors_are_refused()
    {
        Assert.Throws<ArgumentException>(() => LayerNorm.Apply(new float[2], [1]));
        Assert.Throws<ArgumentException>(() => LayerNorm.Apply(new float[3], [2]));
        Assert.Throws<ArgumentException>(() => LayerNorm.Restore(new float[2], new float[4], [2]));
        Assert.Throws<ArgumentException>(() => Normalization.LayerNorm([4, 1]));
        Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.LayerNorm, [], 1));
        Assert.Throws<ArgumentException>(() => Normalization.LayerNorm([2, 4]).Columns(0, 2));
    }
}
