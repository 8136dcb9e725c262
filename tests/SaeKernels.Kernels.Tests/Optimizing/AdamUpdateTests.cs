using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class AdamUpdateTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AdamUpdate));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Moments_too_small_to_matter_become_zero(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments arguments = Arguments(backend, 0, 0, 0, 0) with
        {
            FirstMoment = backend.Place("M", 1e-40, -1.05e-36, 1e-44, 1e-35),
            SecondMoment = backend.Place("V", 1e-40, 1e-36, 0.5e-36, 1e-35),
        };
        backend.AdamUpdate(arguments);
        double[] first = arguments.FirstMoment.ToArray();
        double[] second = arguments.SecondMoment.ToArray();
        TensorAssert.SameBits("FirstMoment", [0, 0, 0], first.AsSpan(0, 3));
        TensorAssert.SameBits("SecondMoment", [0, 0, 0], second.AsSpan(0, 3));
        Assert.InRange(first[3], 0.89e-35, 0.91e-35);
        Assert.InRange(second[3], 0.99e-35, 1e-35);
    });

    // Numbers below float32's normal ones made a step ten times slower.
    [Fact]
    public void Moments_of_an_idle_parameter_stay_normal_and_its_value_is_that_without_flushing()
    {
        const int IdleSteps = 1500;
        const double Rate = 1e-4;
        using SaeKernels.Cpu.CpuBackend backend = new(1);
        AdamUpdateArguments arguments = Arguments(backend, 0, 0) with
        {
            Parameters = backend.Place("W", 1.0, -0.5),
            FirstMoment = backend.Place("M", 1e-3, -1e-30),
            SecondMoment = backend.Place("V", 1e-6, 1e-34),
        };
        double[] w = [1, -0.5];
        double[] m = [1e-3, -1e-30];
        double[] v = [1e-6, 1e-34];
        double moved = 0;
        for (int step = 1; step <= IdleSteps; step++)
        {
            AdamStep scalars = new()
            {
                LearningRate = Rate,
                Beta1 = 0.9,
                Beta2 = 0.999,
                Epsilon = 1e-8,
                Step = 1000 + step,
            };
            backend.AdamUpdate(arguments with { Step = scalars });
            for (int i = 0; i < 2; i++)
            {
                m[i] *= 0.9;
                v[i] *= 0.999;
                double root = Math.Sqrt(v[i] / (1 - Math.Pow(0.999, scalars.Step)));
                double move = Rate / (1 - Math.Pow(0.9, scalars.Step)) * m[i] / (root + 1e-8);
                w[i] -= move;
                moved += Math.Abs(move);
            }

            Assert.DoesNotContain(arguments.FirstMoment.ToArray(), value => float.IsSubnormal((float)value));
            Assert.DoesNotContain(arguments.SecondMoment.ToArray(), value => float.IsSubnormal((float)value));
        }

        TensorAssert.Equal("FirstMoment", [0, 0], arguments.FirstMoment.ToArray());
        // A rounding of w a step, and two of m, two of v and eight more in each of the moves.
        const double Bound = IdleSteps / (double)(1 << 24);
        TensorAssert.Within("Parameters", w, arguments.Parameters.ToArray(), Bound * (1 + (5 * moved)));
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_first_step_is_the_learning_rate_against_the_gradient(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments arguments = Arguments(backend, 4, -4, 0.001, 0);
        backend.AdamUpdate(arguments);
        // m = g/10, v = g²/1000 and both corrections give |step| = η · |g| / (|g| + ε); a dozen roundings of 2⁻²⁴.
        TensorAssert.Within(
            "Parameters", [-0.125, 0.125, -0.125, 0], arguments.Parameters.ToArray(), 12 * 0.125 / (1 << 24));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_factor_of_zero_lets_no_gradient_through(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments arguments = Arguments(backend, 4, -4, 0.001, 0) with
        {
            GradientFactor = new ScalarSlot(backend.Place("Factor", 7, 0.0), 1),
        };
        backend.AdamUpdate(arguments);
        TensorAssert.Equal("Parameters", [0, 0, 0, 0], arguments.Parameters.ToArray());
        TensorAssert.Equal("SecondMoment", [0, 0, 0, 0], arguments.SecondMoment.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_nan_gradient_shows_in_its_parameter_only(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments arguments = Arguments(backend, double.NaN, 0, 0, 0);
        backend.AdamUpdate(arguments);
        TensorAssert.Equal("Parameters", [double.NaN, 0, 0, 0], arguments.Parameters.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments good = Arguments(backend, 1, 2, 3, 4);
        Refuse(
            "LearningRate must be at least 0, but is -1. Change LearningRate.", good.Step with { LearningRate = -1 });
        Refuse("Beta1 must be from 0 to below 1, but is 1. Change Beta1.", good.Step with { Beta1 = 1 });
        Refuse("Beta2 must be from 0 to below 1, but is NaN. Change Beta2.", good.Step with { Beta2 = double.NaN });
        Refuse("Epsilon must be positive, but is 0. Change Epsilon.", good.Step with { Epsilon = 0 });
        Refuse("Step must be at least 1, but is 0. Count steps from 1.", good.Step with { Step = 0 });
        Conformance.Refuses(
            "AdamUpdate: Gradient must hold at least 4 elements, but holds 1. Allocate a larger buffer.",
            () => backend.AdamUpdate(good with { Gradient = backend.Place("G", 0.0) }));

        void Refuse(string message, AdamStep step) =>
            Conformance.Refuses($"AdamUpdate: {message}", () => backend.AdamUpdate(good with { Step = step }));
    });

    private static AdamUpdateArguments Arguments(IComputeBackend backend, params double[] gradient) => new()
    {
        Length = gradient.Length,
        Parameters = backend.Place("Parameters", new double[gradient.Length]),
        Gradient = backend.Place("Gradient", gradient),
        FirstMoment = backend.Place("FirstMoment", new double[gradient.Length]),
        SecondMoment = backend.Place("SecondMoment", new double[gradient.Length]),
        Step = new AdamStep { LearningRate = 0.125, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-12, Step = 1 },
    };
}
