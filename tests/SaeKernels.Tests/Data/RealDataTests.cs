using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Testing;

namespace SaeKernels.Tests;

/// <summary>Real activations and word vectors, where they lie beside the repository.</summary>
public sealed class RealDataTests
{
    [SkippableFact]
    public void A_transformer_residual_stream_is_read_split_and_measured()
    {
        using ActivationStore store = StoreFiles.Open(SharedData.Require("gptneo3m/act_l4.100k.safetensors"));
        (RowSet training, RowSet heldOut) = HoldoutSplit.Create(store, 0.1, seed: 1);
        float[] row = new float[store.DIn];
        store.Read(0, row);

        Assert.Equal((100_000, 128), (store.Count, store.DIn));
        Assert.True(store.HasDocuments && store.HasTokenIds && store.HasPositions);
        Assert.Equal(100_000, training.Count + heldOut.Count);
        Assert.InRange(heldOut.Count, 9_500, 10_500);
        Normalization map = Normalization.Estimate(store, training, NormalizationKind.ExpectedAverageOnlyIn, 1);
        // The mean norm is 1.87, rounded to two digits.
        Assert.InRange(Math.Sqrt(128) / map.Scale, 1.86, 1.88);
    }

    [SkippableFact]
    public void Every_real_row_is_visited_once_through_a_small_window()
    {
        using ActivationStore store = StoreFiles.Open(SharedData.Require("gptneo3m/act_l4.100k.safetensors"));
        double expected = SumOf(store.Count, (first, part) => store.Read(first, part), store.DIn);
        using ShuffledRows shuffled = new(store, RowSet.All(store), 1, new ShuffleOptions { WindowBytes = 8 << 20 });

        // Sums of float16 numbers below 2^10 in steps of 2^-24 are exact in float64, whatever their order.
        Assert.Equal(expected, SumOf(store.Count, (_, part) => shuffled.Read(part), store.DIn));
    }

    [SkippableFact]
    public void The_sample_is_the_unit_length_form_of_the_published_vectors()
    {
        using NpyFile source = NpyFile.Open(SharedData.Require("glove100d/vectors.f32.npy"));
        using ActivationStore sample =
            StoreFiles.Open(Path.Combine(SharedData.RepositoryRoot(), "samples/glove/glove20k.safetensors"));
        float[] row = new float[100];
        float[] stored = new float[100];
        for (int i = 0; i < 20_000; i += 500)
        {
            source.ReadSingles(i * 100L, row);
            sample.Read(i, stored);
            double norm = Math.Sqrt(row.Sum(x => (double)x * x));
            Assert.Equal(row.Select(x => (float)(Half)(float)(x / norm)), stored);
        }
    }

    [Fact]
    public void The_sample_has_a_word_for_every_vector_of_unit_length()
    {
        string folder = Path.Combine(SharedData.RepositoryRoot(), "samples/glove");
        using ActivationStore sample = StoreFiles.Open(Path.Combine(folder, "glove20k.safetensors"));
        float[] rows = new float[sample.Count * sample.DIn];
        sample.Read(0, rows);

        Assert.Equal((20_000, 100), (sample.Count, sample.DIn));
        Assert.Equal(20_000, File.ReadAllLines(Path.Combine(folder, "words.txt")).Distinct().Count());
        // Rounding each element to 11 bits moves the length by at most 2^-11, plus 10·2^-25 where elements are
        // subnormal.
        Assert.All(rows.Chunk(100), row =>
            Assert.InRange(Math.Sqrt(row.Sum(x => (double)x * x)), 1 - 0.0004886, 1 + 0.0004886));
    }

    private delegate void ReadPart(long first, Span<float> part);

    private static double SumOf(long count, ReadPart read, int width)
    {
        float[] part = new float[1000 * width];
        double sum = 0;
        for (long first = 0; first < count; first += 1000)
        {
            read(first, part);
            sum += part.Sum(x => (double)x);
        }

        return sum;
    }
}
