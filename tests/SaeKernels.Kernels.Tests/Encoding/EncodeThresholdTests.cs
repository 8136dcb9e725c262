using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class EncodeThresholdTests
{
    private const double Infinity = double.PositiveInfinity;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Every_value_and_selection_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.EncodeThreshold));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Without_thresholds_positive_pre_activations_are_kept_as_they_are(string name) =>
        Expect(
            name,
            null,
            [[3, -1, 0.25, -0.0], [-1, -2, -3, 0], [1, 2, 3, 4]],
            [[(0, 3), (2, 0.25)], [], [(0, 1), (1, 2), (2, 3), (3, 4)]]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void A_pre_activation_must_exceed_its_threshold(string name)
    {
        Expect(name, [1, 2, 3], [[1, 2, 3], [2, 2.5, 1]], [[], [(0, 2), (1, 2.5)]]);
        Expect(name, [1, 1], [[MathF.BitIncrement(1), MathF.BitDecrement(1)]], [[(0, MathF.BitIncrement(1))]]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Thresholds_below_zero_count_as_zero(string name) =>
        Expect(name, [-5, -0.0, -Infinity, 0], [[-1, 0, 2, -0.0], [1, 1, -1, 1]], [[(2, 2)], [(0, 1), (1, 1), (3, 1)]]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Nan_is_always_kept_and_a_threshold_of_nan_keeps_nothing_else(string name)
    {
        Expect(name, null, [[1, double.NaN, -1]], [[(0, 1), (1, double.NaN)]]);
        Expect(name, [Infinity, 5, 5], [[double.NaN, 4, 6]], [[(0, double.NaN), (2, 6)]]);
        Expect(
            name, [double.NaN, double.NaN, double.NaN], [[double.NaN, 5, Infinity]], [[(0, double.NaN)]]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Infinities_compare_as_numbers(string name)
    {
        Expect(name, [1, 1, Infinity], [[Infinity, -Infinity, Infinity]], [[(0, Infinity)]]);
        Expect(name, null, [[1, 2], [Infinity, -Infinity]], [[(0, 1), (1, 2)], [(0, Infinity)]]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Many_rows_of_all_and_of_no_latents_keep_their_order(string name)
    {
        const int Latents = 150;
        double[] full = [.. Enumerable.Range(1, Latents).Select(latent => (double)latent)];
        double[] empty = [.. full.Select(value => -value)];
        (int, double)[] all = [.. full.Select((value, latent) => (latent, value))];
        Expect(
            name,
            null,
            [.. Enumerable.Range(0, 21).Select(row => row % 3 == 1 ? full : empty)],
            [.. Enumerable.Range(0, 21).Select(row => row % 3 == 1 ? all : [])]);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Too_little_room_leaves_rows_empty_and_says_how_much_is_needed(string name) =>
        TestBackends.Use(name, backend =>
        {
            using SparseCodes small = new(backend, "Codes", 2, 4);
            using SparseCodes enough = new(backend, "Codes", 2, 5);
            using SparseCodes auxCodes = new(backend, "AuxCodes", 2, 2);
            EncodeThresholdArguments arguments = Arguments(backend, null, [[1, 2, 3], [4, 5, -6]], small) with
            {
                Aux = new AuxSelection { Mask = backend.Place("Aux.Mask", [0, 1, 1]), K = 1, Codes = auxCodes },
            };
            backend.EncodeThreshold(arguments);
            Assert.Equal([5L], small.NeededEntries.ToArray());
            Assert.Equal([[], []], small.Read(2));
            Assert.Equal([[(2, 3.0)], [(1, 5.0)]], auxCodes.Read(2));
            Assert.Equal([2L], auxCodes.NeededEntries.ToArray());
            backend.EncodeThreshold(arguments with { Codes = enough });
            Assert.Equal([[(0, 1.0), (1, 2.0), (2, 3.0)], [(0, 4.0), (1, 5.0)]], enough.Read(2));
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void A_batch_of_no_rows_keeps_nothing(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 1);
        backend.EncodeThreshold(Arguments(backend, null, [[1, 2]], codes) with
        {
            Input = backend.PlaceMatrix("Input", 0, 1),
        });
        Assert.Equal([0L], codes.NeededEntries.ToArray());
        Assert.Equal(0, codes.RowOffsets.ToArray()[0]);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 1, 4);
        EncodeThresholdArguments good = Arguments(backend, null, [[1, 2, 3]], codes);
        Conformance.Refuses(
            "EncodeThreshold: Threshold must hold at least 3 elements, but holds 2. Allocate a larger buffer.",
            () => backend.EncodeThreshold(good with { Threshold = backend.Place("Threshold", 1.0, 2.0) }));
        Conformance.Refuses(
            "EncodeThreshold: Codes must have room for 2 rows and 1 entries, but has 1 and 4. Allocate larger codes.",
            () => backend.EncodeThreshold(good with { Input = backend.PlaceMatrix("Input", 2, 1, 1, 1) }));
        Conformance.Refuses(
            "EncodeThreshold: WEnc must be [3, 1], but is [3, 2]. Pass a matrix of that shape.",
            () => backend.EncodeThreshold(good with { WEnc = backend.PlaceMatrix("WEnc", 3, 2, 1, 2, 3, 4, 5, 6) }));
        AuxSelection aux = new() { Mask = backend.Place("Aux.Mask", [1, 1, 1]), K = 4, Codes = codes };
        Conformance.Refuses(
            "EncodeThreshold: Aux.K must be between 1 and DSae = 3, but is 4. Change Aux.K.",
            () => backend.EncodeThreshold(good with { Aux = aux }));
    });

    private static EncodeThresholdArguments Arguments(
        IComputeBackend backend, double[]? thresholds, double[][] preActivations, SparseCodes codes)
    {
        GivenPreActivations encoder = new(backend, preActivations);
        return new EncodeThresholdArguments
        {
            Input = encoder.Input,
            WEnc = encoder.WEnc,
            BEnc = encoder.BEnc,
            Threshold = thresholds is null ? null : backend.Place("Threshold", thresholds),
            Codes = codes,
        };
    }

    private static void Expect(
        string name, double[]? thresholds, double[][] preActivations, (int, double)[][] expected) =>
        TestBackends.Use(name, backend =>
        {
            int rows = preActivations.Length;
            int entries = expected.Sum(row => row.Length);
            using SparseCodes codes = new(backend, "Codes", rows, Math.Max(1, entries));
            backend.EncodeThreshold(Arguments(backend, thresholds, preActivations, codes));
            Assert.Equal(expected, codes.Read(rows));
            Assert.Equal([(long)entries], codes.NeededEntries.ToArray());
        });
}
