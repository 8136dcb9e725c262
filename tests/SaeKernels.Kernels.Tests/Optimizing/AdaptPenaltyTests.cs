using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class AdaptPenaltyTests
{
    private const long Units = AdaptPenaltyArguments.UnitsOfSum;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AdaptPenalty));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void At_the_wanted_number_nothing_changes(string name) => Expect(name, 16, sum: 0, 0.25, 0);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nothing_active_counts_as_a_distance_of_one(string name) =>
        Expect(name, 0, sum: 2 * Units, 0.25 * Math.Exp(0.5), (2 * Units) - (Units / 2));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Distance_and_sum_are_held_within_their_limits(string name) => Expect(
        name, 1e9, 64 * Units, 0.25 * Math.Exp(65), 64 * Units);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_scalars_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        AdaptPenaltyArguments arguments = Arguments(backend, 16, 0);
        Conformance.Refuses(
            "AdaptPenalty: Target must be a positive number, but is 0. Change Target.",
            () => backend.AdaptPenalty(arguments with { Target = 0 }));
        Conformance.Refuses(
            "AdaptPenalty: Gain must be between 0 and 64, but is NaN. Change Gain.",
            () => backend.AdaptPenalty(arguments with { Gain = double.NaN }));
        Conformance.Refuses(
            "AdaptPenalty: Scale must be a number of at least 0, but is -1. Change Scale.",
            () => backend.AdaptPenalty(arguments with { Scale = -1 }));
    });

    private static void Expect(string name, double l0, long sum, double factor, long newSum) =>
        TestBackends.Use(name, backend =>
        {
            AdaptPenaltyArguments arguments = Arguments(backend, l0, sum);
            backend.AdaptPenalty(arguments);

            // (65 + 2) roundings of an exponent of 65, as the card allows.
            Assert.Equal(factor, arguments.Factor.Read(), factor * Math.Pow(2, -16));
            Assert.Equal([newSum], arguments.Sum.ToArray());
        });

    private static AdaptPenaltyArguments Arguments(IComputeBackend backend, double l0, long sum) => new()
    {
        L0 = new ScalarSlot(backend.Place("L0", l0), 0),
        Target = 16,
        Gain = 0.5,
        Scale = 0.25,
        Sum = backend.Place("Sum", [sum]),
        Factor = new ScalarSlot(backend.Place("Factor", double.NaN), 0),
    };
}
