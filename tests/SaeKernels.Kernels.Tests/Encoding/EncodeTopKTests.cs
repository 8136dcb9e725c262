using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class EncodeTopKTests
{
    private const double Infinity = double.PositiveInfinity;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Every_value_and_selection_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.EncodeTopK));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Lowest_index_wins_a_tie(string name) =>
        Expect(name, [1, 2, 2, 2, 1], 2, [(1, 2), (2, 2)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Lowest_index_wins_a_tie_across_many_latents(string name)
    {
        double[] preActivations = [.. Enumerable.Range(0, 150).Select(latent => latent % 3 == 1 ? 5.0 : 4.0)];
        Expect(name, preActivations, 60, [.. Enumerable
            .Range(0, 150)
            .Where(latent => latent % 3 == 1 || latent < 15)
            .Select(latent => (latent, preActivations[latent]))]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Nan_ranks_first_and_stays_nan(string name)
    {
        Expect(name, [5, double.NaN, 7, double.NaN, 9], 3, [(1, double.NaN), (3, double.NaN), (4, 9)]);
        Expect(name, [Infinity, double.NaN, double.NaN, double.NaN], 2, [(1, double.NaN), (2, double.NaN)]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Infinities_rank_at_the_ends(string name)
    {
        Expect(name, [1, Infinity, -Infinity, 3], 2, [(1, Infinity), (3, 3)]);
        Expect(name, [1, Infinity, -Infinity, 3], 4, [(0, 1), (1, Infinity), (2, 0), (3, 3)]);
        Expect(name, [-Infinity, -Infinity, -Infinity], 2, [(0, 0), (1, 0)]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Minus_zero_ties_with_zero(string name) =>
        Expect(name, [-1, -0.0, 0.0, -0.0], 2, [(1, 0), (2, 0)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Rows_without_positive_pre_activations_hold_zeros_at_the_largest(string name) =>
        Expect(name, [-3, -1, -2, -4], 2, [(1, 0), (2, 0)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void K_of_all_latents_keeps_them_in_order(string name) =>
        Expect(name, [3, -1, 2], 3, [(0, 3), (1, 0), (2, 2)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void Many_thousand_latents_keep_their_order(string name)
    {
        int[] kept = [5, 8191, 8192, 16_384, 19_999];
        double[] preActivations = [.. Enumerable.Range(0, 20_000).Select(latent => kept.Contains(latent) ? 2.0 : 1.0)];
        Expect(name, preActivations, kept.Length, [.. kept.Select(latent => (latent, 2.0))]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Denormal_and_largest_numbers_rank_as_numbers(string name) =>
        Expect(
            name, [0, float.MaxValue, 1e-30, -float.MaxValue, 1], 3, [(1, float.MaxValue), (2, (float)1e-30), (4, 1)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Auxiliary_codes_come_from_flagged_latents_only(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 2);
        using SparseCodes auxCodes = new(backend, "AuxCodes", 1, 4);
        AuxSelection aux = new() { Mask = backend.Place("Aux.Mask", [0, 1, 0, -7, 2, 0]), K = 4, Codes = auxCodes };
        EncodeTopKArguments arguments = Arguments(new(backend, [9, 4, 8, 4, -1, 5]), 2, codes) with
        {
            Aux = aux,
        };
        backend.EncodeTopK(arguments);
        Assert.Equal([(0, 9.0), (2, 8.0)], codes.Read(1)[0]);
        Assert.Equal([(1, 4.0), (3, 4.0), (4, 0.0)], auxCodes.Read(1)[0]);
        Assert.Equal([3L], auxCodes.NeededEntries.ToArray());
        backend.EncodeTopK(arguments with { Aux = aux with { K = 1 } });
        Assert.Equal([(1, 4.0)], auxCodes.Read(1)[0]);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 2);
        EncodeTopKArguments good = Arguments(new(backend, [1, 2, 3]), 2, codes);
        Conformance.Refuses(
            "EncodeTopK: K must be between 1 and DSae = 3, but is 4. Change K.",
            () => backend.EncodeTopK(good with { K = 4 }));
        Conformance.Refuses(
            "EncodeTopK: K must be between 1 and DSae = 3, but is 0. Change K.",
            () => backend.EncodeTopK(good with { K = 0 }));
        Conformance.Refuses(
            "EncodeTopK: Codes must have room for 1 rows and 3 entries, but has 1 and 2. Allocate larger codes.",
            () => backend.EncodeTopK(good with { K = 3 }));
        AuxSelection aux = new() { Mask = backend.Place("Aux.Mask", [1, 1, 1]), K = 3, Codes = codes };
        Conformance.Refuses(
            "EncodeTopK: Aux.Codes must have room for 1 rows and 3 entries, but has 1 and 2. Allocate larger codes.",
            () => backend.EncodeTopK(good with { Aux = aux }));
        Conformance.Refuses(
            "EncodeTopK: BEnc must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.EncodeTopK(good with { BEnc = backend.Place("BEnc", 1.0) }));
        Conformance.Refuses(
            "EncodeTopK: WEnc must be [3, 1], but is [3, 2]. Pass a matrix of that shape.",
            () => backend.EncodeTopK(good with { WEnc = backend.PlaceMatrix("WEnc", 3, 2, 1, 2, 3, 4, 5, 6) }));
    });

    private static EncodeTopKArguments Arguments(GivenPreActivations given, int k, SparseCodes codes) =>
        new() { Input = given.Input, WEnc = given.WEnc, BEnc = given.BEnc, K = k, Codes = codes };

    private static void Expect(string name, double[] preActivations, int k, (int, double)[] expected) =>
        GivenPreActivations.Expect(
            name,
            preActivations,
            k,
            expected,
            (backend, given, codes) => backend.EncodeTopK(Arguments(given, k, codes)));
}
