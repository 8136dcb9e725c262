using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class UpdateFiredTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_count_is_exact(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.UpdateFired));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_latent_is_dead_once_as_many_vectors_went_by(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1), (1, 0)], [(0, 2), (3, double.NaN)]);
        UpdateFiredArguments arguments = Arguments(backend, codes, 100, 8, 7, 100);
        backend.UpdateFired(arguments);
        // Latent 1 has an entry, but of value 0; a NaN counts as firing.
        Assert.Equal([0, 10, 9, 0], arguments.TokensSinceFired.ToArray());
        Assert.Equal([0, 1, 0, 0], arguments.DeadMask.ToArray());
        Assert.Equal(1, arguments.DeadLatents.Read());
        Assert.Equal(1.5, arguments.L0.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_pass_what_32_bits_hold(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([], []);
        UpdateFiredArguments arguments = Arguments(backend, codes, 6_000_000_000, int.MaxValue, 4_294_967_295, 0) with
        {
            DeadAfterTokens = 4_294_967_297,
        };
        backend.UpdateFired(arguments);
        Assert.Equal([6_000_000_002, 2_147_483_649, 4_294_967_297, 2], arguments.TokensSinceFired.ToArray());
        Assert.Equal([1, 0, 1, 0], arguments.DeadMask.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([], []);
        UpdateFiredArguments good = Arguments(backend, codes, 0, 0, 0, 0);
        Conformance.Refuses(
            "UpdateFired: DeadAfterTokens must be at least 1, but is 0. Change DeadAfterTokens.",
            () => backend.UpdateFired(good with { DeadAfterTokens = 0 }));
        Conformance.Refuses(
            "UpdateFired: DeadMask must hold at least 5 elements, but holds 4. Allocate a larger buffer.",
            () => backend.UpdateFired(good with { Latents = 5, TokensSinceFired = backend.Place("T", new long[5]) }));
    });

    private static UpdateFiredArguments Arguments(
        IComputeBackend backend, SparseCodes codes, params long[] tokensSinceFired)
    {
        RealBuffer scalars = backend.Place("Scalars", double.NaN, double.NaN);
        return new UpdateFiredArguments
        {
            Rows = 2,
            Latents = tokensSinceFired.Length,
            Codes = codes,
            TokensSinceFired = backend.Place("TokensSinceFired", tokensSinceFired),
            DeadAfterTokens = 10,
            DeadMask = backend.Place("DeadMask", new int[tokensSinceFired.Length]),
            DeadLatents = new ScalarSlot(scalars, 0),
            L0 = new ScalarSlot(scalars, 1),
        };
    }
}
