using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Selection;

public sealed class BuildLatentMajorTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_entry_is_in_its_place(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.BuildLatentMajor));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Entries_of_value_zero_are_left_out_and_nan_is_kept(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 0), (2, 3)], [(1, double.NaN), (2, -0.0)], [(0, 5), (2, 7)]);
        using LatentMajorList list = new(backend, 3, codes.Capacity);
        backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = 3, Codes = codes, List = list });
        Assert.Equal([0, 1, 2, 4], list.Offsets.ToArray());
        Assert.Equal([2, 1, 0, 2], list.Rows.ToArray()[..4]);
        TensorAssert.Equal("Values", [5, double.NaN, 3, 7], list.Values.ToArray().AsSpan(0, 4));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Auxiliary_rows_follow_the_rows_of_the_batch(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, 1)], [(0, 2)]);
        using SparseCodes auxCodes = backend.PlaceCodes([(0, 3)], [(1, 4)]);
        using LatentMajorList list = new(backend, 2, 4);
        backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = 2, Codes = codes, AuxCodes = auxCodes, List = list });
        Assert.Equal([0, 2, 4], list.Offsets.ToArray());
        Assert.Equal([1, 2, 0, 3], list.Rows.ToArray());
        TensorAssert.Equal("Values", [2, 3, 1, 4], list.Values.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Encoders), MemberType = typeof(TestBackends))]
    public void A_latent_that_every_row_has_keeps_them_in_order(string name) => TestBackends.Use(name, backend =>
    {
        const int Rows = 10_000;
        int[] all = [.. Enumerable.Range(0, Rows)];
        using SparseCodes codes = backend.PlaceCodes(
            [.. all.Select(row => new (int, double)[] { (row % 100 == 0 ? 0 : 1, row + 1) })]);
        using LatentMajorList list = new(backend, 2, Rows);
        backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = Rows, Codes = codes, List = list });
        int[] expected = [.. all.Where(row => row % 100 == 0), .. all.Where(row => row % 100 != 0)];
        Assert.Equal([0, 100, Rows], list.Offsets.ToArray());
        Assert.Equal(expected, list.Rows.ToArray());
        TensorAssert.Equal("Values", [.. expected.Select(row => row + 1.0)], list.Values.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, 1)], [(0, 2)]);
        using LatentMajorList list = new(backend, 2, 1);
        Conformance.Refuses(
            "BuildLatentMajor: List must have room for 2 entries, but has 1. Allocate a larger list.",
            () => backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = 2, Codes = codes, List = list }));
        Conformance.Refuses(
            "BuildLatentMajor: Rows must be between 0 and the codes' 2 rows, but is 3. Pass the rows of the batch.",
            () => backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = 3, Codes = codes, List = list }));
    });
}
