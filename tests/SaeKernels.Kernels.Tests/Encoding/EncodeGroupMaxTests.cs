using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class EncodeGroupMaxTests
{
    private const double Infinity = double.PositiveInfinity;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Every_value_and_selection_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.EncodeGroupMax));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Each_group_keeps_its_largest_and_the_lowest_index_of_a_tie(string name) =>
        Expect(name, [1, 3, 3, 0.5, 7, 7, -1, 2, 1], 3, [(1, 3), (4, 7), (7, 2)]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void A_group_without_positive_pre_activations_holds_0_at_its_first_latent(string name)
    {
        Expect(name, [-3, -1, -2, -4], 2, [(0, 0), (2, 0)]);
        Expect(name, [-3, -0.0, 0, 0, -Infinity, -Infinity], 2, [(0, 0), (3, 0)]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Nan_ranks_above_infinity_and_the_first_of_them_stays(string name)
    {
        Expect(name, [5, double.NaN, Infinity, double.NaN, 9, 8], 2, [(1, double.NaN), (3, double.NaN)]);
        Expect(name, [Infinity, double.NaN, double.NaN, Infinity, Infinity, 1], 2, [(1, double.NaN), (3, Infinity)]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Groups_of_one_are_ReLU_and_one_group_is_the_largest_of_all(string name)
    {
        Expect(name, [3, -1, 2], 3, [(0, 3), (1, 0), (2, 2)]);
        Expect(name, [3, -1, 4, 4], 1, [(2, 4)]);
    }

    /// <summary>
    /// Few values, so that groups are full of ties, over groups that cut tiles and ranges of latents at all places.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Every_row_is_that_of_the_written_rule(string name) => TestBackends.Use(name, backend =>
    {
        RandomSequence random = new(31, RandomPurpose.General);
        foreach ((int rows, int latents, int k) in
            new[] { (3, 30, 10), (5, 33, 3), (18, 96, 4), (2, 130, 26), (7, 192, 1), (3, 260, 2), (0, 6, 3) })
        {
            double[][] preActivations = new double[Math.Max(rows, 1)][];
            for (int row = 0; row < preActivations.Length; row++)
            {
                preActivations[row] = new double[latents];
                for (int latent = 0; latent < latents; latent++)
                {
                    preActivations[row][latent] = row == 1 ? -1 - random.NextInt64(3) : random.NextInt64(9) - 5;
                }
            }

            GivenPreActivations given = new(backend, preActivations);
            using SparseCodes codes = new(backend, "Codes", preActivations.Length, preActivations.Length * k);
            backend.EncodeGroupMax(Arguments(given, k, codes) with { Input = given.Input.Slice(0, rows) });
            Assert.Equal([.. preActivations.Take(rows).Select(row => Rule(row, k))], codes.Read(rows));
            Assert.Equal([(long)rows * k], codes.NeededEntries.ToArray());
        }
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Auxiliary_codes_come_from_flagged_latents_of_any_group(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 2);
        using SparseCodes auxCodes = new(backend, "AuxCodes", 1, 2);
        AuxSelection aux = new() { Mask = backend.Place("Aux.Mask", [0, 1, 1, 0, 1, 0]), K = 2, Codes = auxCodes };
        backend.EncodeGroupMax(Arguments(new(backend, [9, 4, 8, 4, -1, 5]), 2, codes) with { Aux = aux });
        Assert.Equal([(0, 9.0), (5, 5.0)], codes.Read(1)[0]);
        Assert.Equal([(1, 4.0), (2, 8.0)], auxCodes.Read(1)[0]);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 2);
        EncodeGroupMaxArguments good = Arguments(new(backend, [1, 2, 3, 4]), 2, codes);
        Conformance.Refuses(
            "EncodeGroupMax: K must divide DSae = 4 into groups of one size, but is 3. Change K or DSae.",
            () => backend.EncodeGroupMax(good with { K = 3 }));
        Conformance.Refuses(
            "EncodeGroupMax: K must be between 1 and DSae = 4, but is 0. Change K.",
            () => backend.EncodeGroupMax(good with { K = 0 }));
        Conformance.Refuses(
            "EncodeGroupMax: Codes must have room for 1 rows and 4 entries, but has 1 and 2. Allocate larger codes.",
            () => backend.EncodeGroupMax(good with { K = 4 }));
        Conformance.Refuses(
            "EncodeGroupMax: WEnc must be [4, 1], but is [4, 2]. Pass a matrix of that shape.",
            () => backend.EncodeGroupMax(good with { WEnc = backend.PlaceMatrix("WEnc", 4, 2, new double[8]) }));
    });

    private static (int Latent, double Value)[] Rule(double[] preActivations, int k)
    {
        int size = preActivations.Length / k;
        return
        [
            .. Enumerable.Range(0, k).Select(group => Enumerable.Range(group * size, size)
                .Select(latent => (Latent: latent, Value: Math.Max(preActivations[latent], 0)))
                .Aggregate((best, next) => next.Value > best.Value ? next : best)),
        ];
    }

    private static EncodeGroupMaxArguments Arguments(GivenPreActivations given, int k, SparseCodes codes) =>
        new() { Input = given.Input, WEnc = given.WEnc, BEnc = given.BEnc, K = k, Codes = codes };

    private static void Expect(string name, double[] preActivations, int k, (int, double)[] expected) =>
        GivenPreActivations.Expect(
            name,
            preActivations,
            k,
            expected,
            (backend, given, codes) => backend.EncodeGroupMax(Arguments(given, k, codes)));
}
