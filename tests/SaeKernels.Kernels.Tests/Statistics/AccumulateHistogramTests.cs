using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class AccumulateHistogramTests
{
    private const double Infinity = double.PositiveInfinity;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_are_exact(string name) => Conformance.Check(name, nameof(IComputeBackend.AccumulateHistogram));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_number_on_an_edge_falls_into_the_bin_above_it_and_the_last_edge_into_the_last_bin(string name) =>
        Expect(name, [0, 0.25, 0.25, 0.5, 0.75, 1, 1], [1, 2, 1, 3, 0, 0, 0]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void What_lies_outside_and_what_is_no_number_is_counted_apart(string name) => Expect(
        name,
        [
            -Infinity, MathF.BitDecrement(0), -1, -0.0, 0.1, MathF.BitDecrement(1), MathF.BitIncrement(1), 2, Infinity,
            double.NaN, -double.NaN,
        ],
        [2, 0, 0, 1, 3, 3, 2]);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Only_the_first_numbers_count_and_counts_are_added_to(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateHistogramArguments arguments = Arguments(backend, [0.1, 0.9, 0.9, 0.1]) with { Count = 3 };
        backend.AccumulateHistogram(arguments);
        backend.AccumulateHistogram(arguments);
        backend.AccumulateHistogram(arguments with { Count = 0 });
        Assert.Equal([2L, 0, 0, 4, 0, 0, 0], arguments.Counts.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_pass_32_bits(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateHistogramArguments arguments = Arguments(backend, [0.1, 0.1]);
        arguments.Counts.Upload([uint.MaxValue]);
        backend.AccumulateHistogram(arguments);
        Assert.Equal(uint.MaxValue + 2L, arguments.Counts.ToArray()[0]);
    });

    [SkippableTheory]
    [InlineData("reference", 1, 100)]
    [InlineData("reference", 65_536, 1_000_003)]
    [InlineData("cpu", 1, 100_000)]
    [InlineData("cpu", 100, 1_000_003)]
    [InlineData("cpu", 65_536, 1_000_003)]
    [InlineData("ilgpu-cpu", 4093, 5_001)]
    [InlineData("ilgpu-cpu", 4094, 5_001)]
    [InlineData("opencl", 4093, 1_000_003)]
    [InlineData("opencl", 65_536, 1_000_003)]
    [InlineData("cuda", 4093, 1_000_003)]
    [InlineData("cuda", 65_536, 1_000_003)]
    public void Numbers_spread_evenly_fill_every_bin_alike(string name, int bins, int count) =>
        TestBackends.Use(name, backend =>
        {
            // Whole numbers below 2²⁴ in bins that are 1 wide: float32 is exact.
            float[] values = [.. Enumerable.Range(0, count).Select(i => (float)(i % bins))];
            AccumulateHistogramArguments arguments = new()
            {
                Values = backend.Place("Values", values),
                Count = count,
                Low = 0,
                High = bins,
                Bins = bins,
                Counts = backend.AllocateLong("Counts", bins + 3),
            };
            backend.AccumulateHistogram(arguments);
            long[] found = arguments.Counts.ToArray();
            for (int bin = 0; bin < bins; bin++)
            {
                Assert.Equal((count / bins) + (bin < count % bins ? 1 : 0), found[bin]);
            }

            Assert.Equal([0L, 0, 0], found[bins..]);
        });

    [Fact]
    public void Float64_numbers_are_rounded_to_float32_first()
    {
        using ReferenceBackend<double> backend = ReferenceBackend.CreateDouble();
        AccumulateHistogramArguments arguments = Arguments(backend, [Math.BitDecrement(0.5), Math.BitIncrement(1)]);
        backend.AccumulateHistogram(arguments);
        Assert.Equal([0L, 0, 1, 1, 0, 0, 0], arguments.Counts.ToArray());
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateHistogramArguments good = Arguments(backend, [1, 2]);
        Conformance.Refuses(
            "AccumulateHistogram: Bins must be between 1 and 65536, but is 65537. Change Bins.",
            () => backend.AccumulateHistogram(good with { Bins = 65_537 }));
        Conformance.Refuses(
            "AccumulateHistogram: Low must be below High and both finite, but they are 1 and 1. Change the edges.",
            () => backend.AccumulateHistogram(good with { Low = 1 }));
        Conformance.Refuses(
            "AccumulateHistogram: Low must be below High and both finite, but they are 0 and NaN. Change the edges.",
            () => backend.AccumulateHistogram(good with { High = float.NaN }));
        Conformance.Refuses(
            "AccumulateHistogram: Bins / (High − Low) must be finite in float32, but Low is 0 and High is 1E-45. "
            + "Move the edges apart.",
            () => backend.AccumulateHistogram(good with { High = float.Epsilon }));
        Conformance.Refuses(
            "AccumulateHistogram: Values must hold at least 3 elements, but holds 2. Allocate a larger buffer.",
            () => backend.AccumulateHistogram(good with { Count = 3 }));
        Conformance.Refuses(
            "AccumulateHistogram: Count must be at least 0, but is -1. Change Count.",
            () => backend.AccumulateHistogram(good with { Count = -1 }));
        Conformance.Refuses(
            "AccumulateHistogram: Counts must hold at least 8 elements, but holds 7. Allocate a larger buffer.",
            () => backend.AccumulateHistogram(good with { Bins = 5 }));
    });

    private static AccumulateHistogramArguments Arguments(IComputeBackend backend, double[] values) => new()
    {
        Values = backend.Place("Values", values),
        Count = values.Length,
        Low = 0,
        High = 1,
        Bins = 4,
        Counts = backend.AllocateLong("Counts", 7),
    };

    private static void Expect(string name, double[] values, long[] expected) => TestBackends.Use(name, backend =>
    {
        AccumulateHistogramArguments arguments = Arguments(backend, values);
        backend.AccumulateHistogram(arguments);
        Assert.Equal(expected, arguments.Counts.ToArray());
    });
}
