using SaeKernels.Abstractions;
using SaeKernels.Factorization;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Factorization;

public sealed class TotalInformationTests
{
    private static readonly InformationEdges Unit = new(1, 1);

    [Fact]
    public void Matrices_whose_entries_are_all_equal_hold_no_information() =>
        Assert.Equal(0, Measure(Codes(50, 4, _ => 0.5f), Dictionary(4, 3, _ => 0.25f), Unit).TotalBits);

    [Fact]
    public void A_hundred_bins_that_are_filled_alike_take_the_logarithm_of_100_for_each_entry()
    {
        TotalInformation information = Measure(
            Codes(50, 4, place => ((place % 100) + 0.5f) / 100),
            Dictionary(4, 75, place => ((place % 100) - 49.5f) / 50),
            Unit);

        Assert.Equal(6.643856, information.CodeBits / 200, 1e-6);
        Assert.Equal(200 * Math.Log2(100), information.CodeBits, 1e-9);
        Assert.Equal(300 * Math.Log2(100), information.DictionaryBits, 1e-9);
        Assert.Equal((information.CodeBits + information.DictionaryBits) / 50, information.BitsPerVector, 1e-12);
    }

    [Fact]
    public void Three_of_64_latents_with_even_strengths_take_what_the_formula_says()
    {
        // A slab of U(0, max) with probability 3/64: its share in the first bin merges with the zeros.
        double other = 3.0 / 64 / 100;
        double first = 1 - (99 * other);
        double expected = -(first * Math.Log2(first)) - (99 * other * Math.Log2(other));
        const int Rows = 20_000;
        TotalInformation information = Measure(Slab(Rows, 64, 3), Dictionary(64, 2, _ => 0), Unit);

        Assert.Equal(0.57857, expected, 5e-6);
        Assert.Equal(expected, information.CodeBits / Rows / 64, 0.001);
    }

    [Fact]
    public void Strengths_and_edges_that_grow_alike_change_nothing()
    {
        SparseRows codes = Slab(500, 16, 2);
        SparseRows doubled = codes with { Values = [.. codes.Values.Select(value => 2 * value)] };
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);

        Assert.Equal(
            Measure(codes, dictionary, Unit).TotalBits,
            Measure(doubled, dictionary, Unit with { CodeHigh = 2 }).TotalBits,
            1e-12);
    }

    [Fact]
    public void Another_edge_is_another_figure()
    {
        SparseRows codes = Slab(500, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);

        Assert.True(
            Measure(codes, dictionary, Unit with { CodeHigh = 4 }).CodeBits
                < Measure(codes, dictionary, Unit).CodeBits);
        Assert.True(double.IsNaN(Measure(codes, dictionary, Unit with { CodeHigh = 0.5f }).TotalBits));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(499)]
    public void Parts_of_any_size_count_alike(int part)
    {
        SparseRows codes = Slab(500, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);
        TestBackends.Use("cpu", backend =>
        {
            using InformationCounter counter = new(backend, Unit);
            for (int first = 0; first < codes.Rows; first += part)
            {
                counter.Add(Part(codes, first, Math.Min(part, codes.Rows - first)));
            }

            TotalInformation whole = Measure(codes, dictionary, Unit);
            Assert.Equal(whole.Codes.Counts, counter.Read(dictionary).Codes.Counts);
            Assert.Equal(whole.TotalBits, counter.Read(dictionary).TotalBits);
        });
    }

    [Fact]
    public void Parts_that_were_counted_apart_join_in_any_order()
    {
        SparseRows codes = Slab(500, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);
        TotalInformation whole = Measure(codes, dictionary, Unit);
        TotalInformation[] parts =
        [
            Measure(Part(codes, 0, 1), dictionary, Unit), Measure(Part(codes, 1, 7), dictionary, Unit),
            Measure(Part(codes, 8, 492), dictionary, Unit), Measure(Part(codes, 8, 0), dictionary, Unit),
        ];
        foreach (int[] order in (int[][])[[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
        {
            TotalInformation joined = order.Select(place => parts[place]).Aggregate((left, right) => left.Merge(right));

            Assert.Equal(whole.Codes, joined.Codes);
            Assert.Equal(whole.Vectors, joined.Vectors);
            Assert.Equal(whole.TotalBits, joined.TotalBits);
            Assert.Equal(whole.BitsPerVector, joined.BitsPerVector);
        }

        Assert.Equal(double.NaN, parts[3].BitsPerVector);
    }

    [Fact]
    public void Parts_with_other_edges_or_of_another_dictionary_do_not_join()
    {
        SparseRows codes = Slab(20, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);
        TotalInformation part = Measure(codes, dictionary, Unit);

        AssertRefused(
            "both sides must have 100 bins from 0 to 1, but the other one has 100 from 0 to 2",
            Measure(codes, dictionary, Unit with { CodeHigh = 2 }));
        AssertRefused("both sides must have one dictionary", Measure(codes, dictionary, Unit with { Bins = 50 }));
        AssertRefused(
            "both sides must have one dictionary", Measure(codes, Dictionary(16, 4, place => place % 5 / 8f), Unit));

        void AssertRefused(string found, TotalInformation other) => Assert.Contains(
            found, Assert.Throws<ArgumentException>(() => part.Merge(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_with_signs_and_dictionaries_without_have_edges_of_their_own()
    {
        SparseRows codes = Codes(50, 4, place => ((place % 100) - 49.5f) / 50);
        RowMatrix dictionary = Dictionary(4, 75, place => ((place % 100) + 0.5f) / 100);
        InformationEdges edges = Unit with { CodeLow = -1, DictionaryLow = 0 };
        TotalInformation information = Measure(codes, dictionary, edges);

        Assert.Equal(200 * Math.Log2(100), information.CodeBits, 1e-9);
        Assert.Equal(300 * Math.Log2(100), information.DictionaryBits, 1e-9);
        Assert.True(double.IsNaN(Measure(codes, dictionary, Unit).CodeBits));
        LatentInformation own = LatentInformation.Of(
            Codes(100, 1, place => ((place % 100) - 49.5f) / 50),
            Dictionary(1, 75, place => (place + 0.5f) / 100),
            edges);
        Assert.Equal(100 * Math.Log2(100), own.CodeBits[0], 1e-9);
        Assert.Equal(75 * Math.Log2(75), own.DictionaryBits[0], 1e-9);
        Assert.Equal(edges, own.Edges);
        // Another edge moves with the upper one until it is chosen.
        Assert.Equal(-3, (Unit with { DictionaryHigh = 3 }).DictionaryLow);
        Assert.Equal(
            "100 bins each, codes -1 to 1, dictionary 0 to 1, base 2", edges.Caption);
    }

    [Fact]
    public void Another_base_is_another_unit()
    {
        TotalInformation information =
            Measure(Slab(20, 16, 2), Dictionary(16, 4, place => place % 7 / 8f), Unit);

        Assert.Equal(information.TotalBits, information.TotalIn(2));
        Assert.Equal(information.TotalBits * Math.Log(2), information.TotalIn(Math.E), 1e-9 * information.TotalBits);
        Assert.Throws<ArgumentOutOfRangeException>(() => information.TotalIn(1));
    }

    [Fact]
    public void Every_backend_counts_alike()
    {
        SparseRows codes = Slab(100, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);
        TotalInformation expected = Measure(codes, dictionary, Unit);
        TestBackends.Use("reference", backend =>
        {
            using InformationCounter counter = new(backend, Unit);
            counter.Add(codes);
            Assert.Equal(expected.Codes.Counts, counter.Read(dictionary).Codes.Counts);
            Assert.Equal(expected.Dictionary.Counts, counter.Read(dictionary).Dictionary.Counts);
        });
    }

    [Fact]
    public void Codes_on_the_device_count_like_those_on_the_host() => TestBackends.Use("cpu", backend =>
    {
        SparseRows codes = Slab(40, 16, 2);
        RowMatrix dictionary = Dictionary(16, 4, place => place % 7 / 8f);
        using SparseCodes placed = new(backend, "Codes", 40, codes.Values.Length + 5);
        placed.RowOffsets.Upload(Array.ConvertAll(codes.Offsets, offset => (int)offset));
        placed.Indices.Upload(codes.Columns);
        placed.Values.Upload(codes.Values);
        using InformationCounter counter = new(backend, Unit);
        counter.Add(placed, 40);

        Assert.Equal(Measure(codes, dictionary, Unit).TotalBits, counter.Read(dictionary).TotalBits);
    });

    [Theory]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(128)]
    public void Every_direction_of_a_random_dictionary_takes_as_much_as_every_other(int atoms)
    {
        double one = Measure(Codes(1, 1, _ => 0.5f), Sphere(4096, 32), Unit).DictionaryBits / 4096;
        double bits = Measure(Codes(1, 1, _ => 0.5f), Sphere(atoms, 32), Unit).DictionaryBits / atoms;

        // The bias of 48 rows, about 60 bins / (2 · 48 · 32 · ln 2), is 0.6 % of 5 bits an entry.
        Assert.InRange(bits / one, 0.99, 1.01);
    }

    [Fact]
    public void Denser_codes_take_more()
    {
        double[] bits =
            [.. ((int[])[1, 2, 4, 8]).Select(l0 =>
                Measure(Slab(2000, 64, l0), Dictionary(64, 2, _ => 0), Unit).CodeBits)];

        Assert.Equal(bits.Order(), bits);
        Assert.Equal(4, bits.Distinct().Count());
    }

    [Fact]
    public void Histograms_of_its_own_never_cost_a_latent_more()
    {
        SparseRows codes = Slab(500, 16, 2);
        RowMatrix dictionary = Sphere(16, 8);
        LatentInformation own = LatentInformation.Of(codes, dictionary, Unit);
        TotalInformation pooled = Measure(codes, dictionary, Unit);

        Assert.True(own.CodeBits.Sum() <= pooled.CodeBits);
        Assert.True(own.DictionaryBits.Sum() <= pooled.DictionaryBits);
        Assert.Equal(16, own.CodeBits.Count);
    }

    [Fact]
    public void One_latent_has_one_histogram_in_either_model()
    {
        SparseRows codes = Codes(50, 1, place => ((place % 10) + 0.5f) / 10);
        RowMatrix dictionary = Dictionary(1, 8, place => place / 8f);

        Assert.Equal(
            Measure(codes, dictionary, Unit).TotalBits,
            LatentInformation.Of(codes, dictionary, Unit).TotalBits,
            1e-9);
    }

    private static TotalInformation Measure(SparseRows codes, RowMatrix dictionary, InformationEdges edges)
    {
        TotalInformation? result = null;
        TestBackends.Use("cpu", backend =>
        {
            using InformationCounter counter = new(backend, edges);
            counter.Add(codes);
            result = counter.Read(dictionary);
        });
        return result!;
    }

    private static SparseRows Codes(int rows, int latents, Func<int, float> value) => new(
        [.. Enumerable.Range(0, rows + 1).Select(row => (long)row * latents)],
        [.. Enumerable.Range(0, rows * latents).Select(place => place % latents)],
        [.. Enumerable.Range(0, rows * latents).Select(value)]);

    /// <summary>Rows with so many active latents, with strengths of U(0, 1).</summary>
    private static SparseRows Slab(int rows, int latents, int active)
    {
        RandomSequence random = new(7, RandomPurpose.General);
        SparseRows codes = Codes(rows, active, _ => 0);
        for (int entry = 0; entry < codes.Values.Length; entry++)
        {
            codes.Columns[entry] = entry % active * (latents / active);
            codes.Values[entry] = random.NextSingle();
        }

        return codes;
    }

    private static SparseRows Part(SparseRows codes, int first, int count)
    {
        int begin = (int)codes.Offsets[first];
        int end = (int)codes.Offsets[first + count];
        return new SparseRows(
            [.. codes.Offsets[first..(first + count + 1)].Select(offset => offset - begin)],
            codes.Columns[begin..end],
            codes.Values[begin..end]);
    }

    private static RowMatrix Dictionary(int rows, int width, Func<int, float> value) =>
        new([.. Enumerable.Range(0, rows * width).Select(value)], width);

    private static RowMatrix Sphere(int rows, int width)
    {
        RandomSequence random = new(11, RandomPurpose.General);
        float[] elements = new float[rows * width];
        for (int row = 0; row < rows; row++)
        {
            double[] direction = new double[width];
            for (int d = 0; d < width; d++)
            {
                direction[d] = random.NextNormal();
            }

            double length = Math.Sqrt(direction.Sum(value => value * value));
            for (int d = 0; d < width; d++)
            {
                elements[(row * width) + d] = (float)(direction[d] / length);
            }
        }

        return new RowMatrix(elements, width);
    }
}
