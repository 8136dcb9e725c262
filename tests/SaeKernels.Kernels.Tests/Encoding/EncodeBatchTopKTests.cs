using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class EncodeBatchTopKTests
{
    private const double Infinity = double.PositiveInfinity;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Every_value_and_selection_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.EncodeBatchTopK));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Rows_have_as_many_entries_as_they_need(string name) =>
        Expect(name, [[9, 8, 7], [1, 0, 2], [-1, 3, 0]], 1, [[(0, 9), (1, 8), (2, 7)], [], []], cut: 7);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Lowest_row_then_lowest_latent_wins_a_tie(string name) =>
        Expect(name, [[1, 2, 2], [2, 3, 2], [2, 2, 2]], 1, [[(1, 2), (2, 2)], [(1, 3)], []], cut: 2);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Ties_across_many_rows_and_latents_go_to_the_first(string name)
    {
        // 50 rows with 40 fives and 60 fours each: room for all 2,000 fives, and for the fours of the first 5 rows.
        const int Rows = 50;
        const int K = 46;
        double[] row = [.. Enumerable.Range(0, 100).Select(latent => latent % 5 < 2 ? 5.0 : 4.0)];
        (int, double)[] all = [.. row.Select((value, latent) => (latent, value))];
        (int, double)[] fives = [.. all.Where(entry => entry.Item2 == 5)];
        Expect(
            name,
            [.. Enumerable.Repeat(row, Rows)],
            K,
            [.. Enumerable.Range(0, Rows).Select(index => index < 5 ? all : fives)],
            cut: 4);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Only_positive_pre_activations_are_kept(string name)
    {
        Expect(name, [[-1, 2, -0.0], [0, -5, 1]], 2, [[(1, 2)], [(2, 1)]], cut: 1);
        Expect(name, [[-1, -2, -0.0], [0, -5, -3]], 2, [[], []], cut: 0);
        Expect(name, [[-0.0, 0, -Infinity]], 1, [[]], cut: 0);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Nan_ranks_first_and_the_cut_ignores_it(string name)
    {
        Expect(name, [[5, double.NaN, 7, double.NaN, 9]], 3, [[(1, double.NaN), (3, double.NaN), (4, 9)]], cut: 9);
        Expect(
            name,
            [[5, 6, 7], [Infinity, double.NaN, -Infinity]],
            2,
            [[(1, 6), (2, 7)], [(0, Infinity), (1, double.NaN)]],
            cut: 6);
        Expect(
            name,
            [[Infinity, double.NaN], [double.NaN, -Infinity]],
            1,
            [[(1, double.NaN)], [(0, double.NaN)]],
            cut: double.NaN);
        Expect(name, [[double.NaN, -1]], 2, [[(0, double.NaN)]], cut: double.NaN);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Infinite_and_tiny_numbers_rank_as_numbers(string name)
    {
        Expect(name, [[Infinity, 1, Infinity]], 2, [[(0, Infinity), (2, Infinity)]], cut: Infinity);
        Expect(
            name,
            [[(float)1e-30, 0], [float.MaxValue, -float.MaxValue]],
            2,
            [[(0, (float)1e-30)], [(0, float.MaxValue)]],
            cut: (float)1e-30);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void K_of_all_latents_keeps_every_positive_one(string name) =>
        Expect(name, [[3, -1, 2], [1, 1, 1]], 3, [[(0, 3), (2, 2)], [(0, 1), (1, 1), (2, 1)]], cut: 1);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void A_batch_of_no_rows_keeps_nothing(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 1);
        EncodeBatchTopKArguments arguments = Arguments(backend, [[1, 2]], 1, codes) with
        {
            Input = backend.PlaceMatrix("Input", 0, 1),
            WEnc = backend.PlaceMatrix("WEnc", 2, 1, 1, 2),
        };
        backend.EncodeBatchTopK(arguments);
        Assert.Empty(codes.Read(0));
        Assert.Equal([0L], codes.NeededEntries.ToArray());
        Assert.Equal(0, arguments.Cut.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Auxiliary_codes_follow_the_rule_of_top_k(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 2, 2);
        using SparseCodes auxCodes = new(backend, "AuxCodes", 2, 4);
        backend.EncodeBatchTopK(Arguments(backend, [[9, 4, 8, 4, -1], [1, -2, 1, -4, -3]], 1, codes) with
        {
            Aux = new AuxSelection { Mask = backend.Place("Aux.Mask", [0, 1, 0, -7, 2]), K = 2, Codes = auxCodes },
        });
        Assert.Equal([[(0, 9.0), (2, 8.0)], []], codes.Read(2));
        Assert.Equal([[(1, 4.0), (3, 4.0)], [(1, 0.0), (4, 0.0)]], auxCodes.Read(2));
        Assert.Equal([4L], auxCodes.NeededEntries.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 2, 4);
        EncodeBatchTopKArguments good = Arguments(backend, [[1, 2, 3], [1, 2, 3]], 2, codes);
        Conformance.Refuses(
            "EncodeBatchTopK: K must be between 1 and DSae = 3, but is 4. Change K.",
            () => backend.EncodeBatchTopK(good with { K = 4 }));
        Conformance.Refuses(
            "EncodeBatchTopK: Codes must have room for 2 rows and 6 entries, but has 2 and 4. Allocate larger codes.",
            () => backend.EncodeBatchTopK(good with { K = 3 }));
        AuxSelection aux = new() { Mask = backend.Place("Aux.Mask", [1, 1]), K = 1, Codes = codes };
        Conformance.Refuses(
            "EncodeBatchTopK: Aux.Mask must hold at least 3 elements, but holds 2. Allocate a larger buffer.",
            () => backend.EncodeBatchTopK(good with { Aux = aux }));
    });

    // A backend may look at the first rows to guess where the cut lies: here they mislead it.
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void First_rows_unlike_the_others_do_not_matter(string name)
    {
        // Of 600 wanted, the rows from 128 on give three each, and the first 84 of them a fourth.
        ExpectScaled(name, row => row < 128 ? 0.001 : 1, 300, latent => latent + 1, 2, row => row < 128 ? 0
            : row < 128 + 84 ? 4
            : 3);

        // Of 1,200 wanted, the first 128 rows give nine each, and the first 48 of them a tenth.
        ExpectScaled(name, row => row < 128 ? 1 : 0.001, 600, latent => latent + 1, 2, row => row >= 128 ? 0
            : row < 48 ? 10
            : 9);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void More_ties_than_fit_anywhere_go_to_the_first_rows(string name) =>
        ExpectScaled(name, row => 1, 300, latent => 1, 2, row => row < 9 ? 64 : row == 9 ? 24 : 0);

    private static EncodeBatchTopKArguments Arguments(
        IComputeBackend backend, double[][] preActivations, int k, SparseCodes codes)
    {
        GivenPreActivations encoder = new(backend, preActivations);
        return new EncodeBatchTopKArguments
        {
            Input = encoder.Input,
            WEnc = encoder.WEnc,
            BEnc = encoder.BEnc,
            K = k,
            Codes = codes,
            Cut = new ScalarSlot(backend.Place("Cut", -1.0, double.NaN), 1),
        };
    }

    private static void Expect(
        string name, double[][] preActivations, int k, (int, double)[][] expected, double cut) =>
        TestBackends.Use(name, backend =>
        {
            int rows = preActivations.Length;
            using SparseCodes codes = new(backend, "Codes", rows, rows * k);
            EncodeBatchTopKArguments arguments = Arguments(backend, preActivations, k, codes);
            backend.EncodeBatchTopK(arguments);
            Assert.Equal(expected, codes.Read(rows));
            Assert.Equal([expected.Sum(row => (long)row.Length)], codes.NeededEntries.ToArray());
            Assert.Equal(cut, arguments.Cut.Read());
            Assert.Equal(-1, arguments.Cut.Buffer.ToArray()[0]);
        });

    // Pre-activations scale(row) · weight(latent) of 64 latents: only how many each row keeps is looked at.
    private static void ExpectScaled(
        string name, Func<int, double> scale, int rows, Func<int, double> weight, int k, Func<int, int> expected) =>
        TestBackends.Use(name, backend =>
        {
            const int Latents = 64;
            using SparseCodes codes = new(backend, "Codes", rows, rows * k);
            backend.EncodeBatchTopK(new EncodeBatchTopKArguments
            {
                Input = backend.PlaceMatrix("Input", rows, 1, [.. Enumerable.Range(0, rows).Select(scale)]),
                WEnc = backend.PlaceMatrix("WEnc", Latents, 1, [.. Enumerable.Range(0, Latents).Select(weight)]),
                BEnc = backend.Place("BEnc", new double[Latents]),
                K = k,
                Codes = codes,
                Cut = new ScalarSlot(backend.Place("Cut", 0.0), 0),
            });
            Assert.Equal(Enumerable.Range(0, rows).Select(expected), codes.Read(rows).Select(row => row.Length));
        });
}
