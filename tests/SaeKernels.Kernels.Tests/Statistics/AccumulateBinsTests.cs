using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class AccumulateBinsTests
{
    private static readonly (int Latent, double Value)[][] Rows =
        [[(0, 0.1), (1, 3)], [], [(0, 0.9), (1, 0)], [(1, 9)]];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_are_exact(string name) => Conformance.Check(name, nameof(IComputeBackend.AccumulateBins));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Even_bins_begin_at_0_and_the_last_holds_all_above_it(string name) => TestBackends.Use(name, backend =>
    {
        // Latent 0 has two bins of 0.5, latent 1 three of 2; a value of 0 is not active.
        AccumulateBinsArguments arguments = Even(backend, [0, 2, 5], [2, 0.5f]);
        backend.AccumulateBins(arguments);
        Assert.Equal([1L, 1, 0, 1, 1], arguments.Counts.ToArray());
        backend.AccumulateBins(arguments);
        Assert.Equal([2L, 2, 0, 2, 2], arguments.Counts.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Fine_bins_are_64_to_a_factor_of_two(string name) => TestBackends.Use(name, backend =>
    {
        // From 2 to 4 both latents have bins, from 8 to 16 the second: 3 is half an octave up, 9 an eighth.
        int[] blocks = new int[2 * FineBins.Octaves];
        Array.Fill(blocks, -1);
        blocks[128] = 0;
        blocks[FineBins.Octaves + 128] = 1;
        blocks[FineBins.Octaves + 130] = 2;
        AccumulateBinsArguments arguments = Even(backend, [0, 2, 5], [2, 0.5f]) with
        {
            Even = null,
            Blocks = backend.Place("Blocks", blocks),
            Bins = 3 * FineBins.PerOctave,
            Counts = backend.AllocateLong("Counts", 3 * FineBins.PerOctave),
        };
        backend.AccumulateBins(arguments);
        long[] counts = arguments.Counts.ToArray();
        Assert.Equal([(64 + 32, 1L), (128 + 8, 1)], counts.Index().Where(pair => pair.Item > 0));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Groups_of_rows_have_counts_of_their_own(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateBinsArguments arguments = Even(backend, [0, 1, 2], [1, 1]) with
        {
            Groups = 3,
            RowGroups = backend.Place("RowGroups", [0, 1, 2, 2]),
            Counts = backend.AllocateLong("Counts", 6),
        };
        backend.AccumulateBins(arguments);
        Assert.Equal([1L, 1, 0, 0, 1, 1], arguments.Counts.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Values_can_be_replaced_by_the_middles_of_their_bins(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateBinsArguments arguments = Even(backend, [0, 2, 5], [2, 0.5f]);
        backend.AccumulateBins(arguments with { Middles = arguments.Codes.Values });
        Assert.Equal(
            [[(0, 0.25), (1, 3)], [], [(0, 0.75), (1, 0)], [(1, 5)]], arguments.Codes.Read(Rows.Length));
        Assert.Equal([1L, 1, 0, 1, 1], arguments.Counts.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Entries_are_told_their_bins_and_silent_ones_the_first(string name) =>
        TestBackends.Use(name, backend =>
        {
            AccumulateBinsArguments arguments = Even(backend, [0, 2, 5], [2, 0.5f]);
            IntBuffer places = backend.AllocateInt("Places", arguments.Codes.Capacity);
            backend.AccumulateBins(arguments with { Places = places });
            Assert.Equal(
                [[(0, 0.1f), (3, 3)], [], [(1, 0.9f), (2, 0)], [(4, 9)]],
                arguments.Codes.WithIndices(places).Read(Rows.Length)
                    .Select(row => row.Select(entry => (entry.Latent, (float)entry.Value))));
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_pass_32_bits(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateBinsArguments arguments = Even(backend, [0, 1, 2], [1, 1]);
        arguments.Counts.Upload([uint.MaxValue, uint.MaxValue - 1L]);
        backend.AccumulateBins(arguments);
        Assert.Equal([uint.MaxValue + 2L, uint.MaxValue + 1L], arguments.Counts.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        AccumulateBinsArguments good = Even(backend, [0, 2, 5], [2, 0.5f]);
        IntBuffer blocks = backend.AllocateInt("Blocks", 2 * FineBins.Octaves);
        (string Message, AccumulateBinsArguments Arguments)[] wrong =
        [
            ("Bins must be at least 1, but is 0. Change Bins.", good with { Bins = 0 }),
            ("either Even or Blocks must be given, but neither are. Set one of them.", good with { Even = null }),
            (
                "either Even or Blocks must be given, but both are. Set one of them.",
                good with { Blocks = good.Codes.RowOffsets }),
            (
                "Groups must be 1, or above it with RowGroups, but is 2. Change Groups, or say the group of each row.",
                good with { Groups = 2 }),
            (
                "Middles and Places must come with Even, but it is missing. Set Even, or neither of them.",
                good with { Even = null, Blocks = blocks, Middles = good.Codes.Values }),
            (
                "Middles and Places must come with Even, but it is missing. Set Even, or neither of them.",
                good with { Even = null, Blocks = blocks, Places = good.Codes.Indices }),
            (
                "Blocks must hold at least 512 elements, but holds 5. Allocate a larger buffer.",
                good with { Even = null, Blocks = good.Codes.RowOffsets }),
            (
                "Counts must hold at least 10 elements, but holds 5. Allocate a larger buffer.",
                good with { Groups = 2, RowGroups = good.Codes.RowOffsets }),
            (
                "Offsets must hold at least 6 elements, but holds 3. Allocate a larger buffer.",
                good with { Latents = 5 }),
        ];
        foreach ((string message, AccumulateBinsArguments arguments) in wrong)
        {
            Conformance.Refuses($"AccumulateBins: {message}", () => backend.AccumulateBins(arguments));
        }
    });

    private static AccumulateBinsArguments Even(IComputeBackend backend, int[] offsets, float[] scales) => new()
    {
        Rows = Rows.Length,
        Latents = offsets.Length - 1,
        Codes = backend.PlaceCodes(Rows),
        Bins = offsets[^1],
        Even = new EvenLatentBins(
            backend.Place("Offsets", offsets),
            backend.Place("Scales", scales),
            backend.Place("Widths", Array.ConvertAll(scales, scale => 1 / scale))),
        Counts = backend.AllocateLong("Counts", offsets[^1]),
    };
}
