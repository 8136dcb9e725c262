using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

public sealed class GradientNormTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Norm_and_factor_are_within_their_derived_bounds(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.GradientNorm));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Only_a_norm_above_the_limit_is_clipped(string name)
    {
        // √(9 + 3 + 2² ) = 4.
        Expect(name, [9, 3], [2, 0], maxNorm: 1, norm: 4, factor: 0.25);
        Expect(name, [9, 3], [2, 0], maxNorm: 4, norm: 4, factor: 1);
        Expect(name, [9, 3], [2, 0], maxNorm: 1000, norm: 4, factor: 1);
        Expect(name, [9, 3], [2, 0], double.PositiveInfinity, norm: 4, factor: 1);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_gradient_of_zero_is_let_through(string name) =>
        Expect(name, [0, 0], [0, 0], maxNorm: 1, norm: 0, factor: 1);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Limits_that_are_not_positive_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        GradientNormArguments arguments = Arguments(backend, [1], [1], 1);
        Conformance.Refuses(
            "GradientNorm: MaxNorm must be positive, but is 0. Pass +∞ to switch clipping off.",
            () => backend.GradientNorm(arguments with { MaxNorm = 0 }));
        Conformance.Refuses(
            "GradientNorm: MaxNorm must be positive, but is NaN. Pass +∞ to switch clipping off.",
            () => backend.GradientNorm(arguments with { MaxNorm = double.NaN }));
        Conformance.Refuses(
            "GradientNorm: GradBDec must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.GradientNorm(arguments with { DOut = 2 }));
    });

    private static GradientNormArguments Arguments(
        IComputeBackend backend, double[] rowSquaredNorms, double[] gradBDec, double maxNorm)
    {
        RealBuffer scalars = backend.Place("Scalars", double.NaN, double.NaN);
        return new GradientNormArguments
        {
            Latents = rowSquaredNorms.Length,
            RowSquaredNorms = backend.Place("RowSquaredNorms", rowSquaredNorms),
            GradBDec = backend.Place("GradBDec", gradBDec),
            DOut = gradBDec.Length,
            MaxNorm = maxNorm,
            Norm = new ScalarSlot(scalars, 0),
            ClipFactor = new ScalarSlot(scalars, 1),
        };
    }

    private static void Expect(
        string name, double[] rowSquaredNorms, double[] gradBDec, double maxNorm, double norm, double factor) =>
        TestBackends.Use(name, backend =>
        {
            GradientNormArguments arguments = Arguments(backend, rowSquaredNorms, gradBDec, maxNorm);
            backend.GradientNorm(arguments);
            Assert.Equal(norm, arguments.Norm.Read());
            Assert.Equal(factor, arguments.ClipFactor.Read());
        });
}
