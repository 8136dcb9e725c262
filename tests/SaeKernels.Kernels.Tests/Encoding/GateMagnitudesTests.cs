using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class GateMagnitudesTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.GateMagnitudes));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_gate_may_be_on_without_a_magnitude_and_nan_stays(string name) =>
        TestBackends.Use(name, backend =>
        {
            // Latent 0 has f = π + 1, latent 1 f = π − 2, latent 2 no gate's bias and f = π.
            using SparseCodes codes = new(backend, "Codes", 2, 6);
            codes.RowOffsets.Upload([0, 3, 5]);
            codes.Indices.Upload([0, 1, 2, 1, 2, 7]);
            codes.Values.Upload([2f, 2f, 3f, float.NaN, 0f, 5f]);
            backend.GateMagnitudes(Of(backend, codes));

            TensorAssert.Equal("Values", [3, 0, 3, double.NaN, 0, 5], codes.Values.ToArray());
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = new(backend, "Codes", 2, 3);
        Conformance.Refuses(
            "GateMagnitudes: Rows must be between 0 and the codes' 2 rows, but is 3. Pass the rows of the batch.",
            () => backend.GateMagnitudes(Of(backend, codes) with { Rows = 3 }));
        Conformance.Refuses(
            "GateMagnitudes: Biases must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.GateMagnitudes(Of(backend, codes) with { Biases = backend.Place("B", 1.0) }));
    });

    private static GateMagnitudesArguments Of(IComputeBackend backend, SparseCodes codes) => new()
    {
        Rows = 2,
        Latents = 3,
        Codes = codes,
        GateBiases = backend.Place("GateBiases", 1, 2, 0),
        Biases = backend.Place("Biases", 2, 0, 0),
        LogGains = backend.Place("LogGains", 0, 0, 0),
        Gate = new GatedMagnitudes(backend.AllocateReal("Gains", 3), backend.AllocateReal("Shifts", 3)),
    };
}
