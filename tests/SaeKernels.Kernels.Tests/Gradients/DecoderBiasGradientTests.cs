using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

public sealed class DecoderBiasGradientTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.DecoderBiasGradient));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void The_encoders_part_is_subtracted(string name) => TestBackends.Use(name, backend =>
    {
        DecoderBiasGradientArguments arguments = Arguments(backend);
        backend.DecoderBiasGradient(arguments);
        TensorAssert.Equal("GradBDec", [-2 - 10, -3 - 20], arguments.GradBDec.ToArray());
        backend.DecoderBiasGradient(arguments with { EncoderPath = null });
        TensorAssert.Equal("GradBDec", [-2, -3], arguments.GradBDec.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        DecoderBiasGradientArguments arguments = Arguments(backend);
        Conformance.Refuses(
            "DecoderBiasGradient: GradBDec must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.DecoderBiasGradient(arguments with { GradBDec = backend.Place("G", 0.0) }));
        Conformance.Refuses(
            "DecoderBiasGradient: EncoderPath must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.DecoderBiasGradient(arguments with { EncoderPath = backend.Place("P", 0.0) }));
    });

    private static DecoderBiasGradientArguments Arguments(IComputeBackend backend) => new()
    {
        Residuals = backend.PlaceMatrix("Residuals", 2, 2, 1, 2, 3, 4),
        ResidualScale = -0.5,
        EncoderPath = backend.Place("EncoderPath", 10.0, 20),
        GradBDec = backend.Place("GradBDec", double.NaN, double.NaN),
    };
}
