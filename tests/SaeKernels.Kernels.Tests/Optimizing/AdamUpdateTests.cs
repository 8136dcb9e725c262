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
        double[] second = arguments.SecondMoment!.ToArray();
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
            OptimizerStep scalars = new()
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
            Assert.DoesNotContain(arguments.SecondMoment!.ToArray(), value => float.IsSubnormal((float)value));
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
        TensorAssert.Equal("SecondMoment", [0, 0, 0, 0], arguments.SecondMoment!.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Weight_decay_shrinks_parameters_beside_the_step(string name) => TestBackends.Use(name, backend =>
    {
        AdamUpdateArguments arguments = Arguments(backend, 0, 0, 0) with { Parameters = backend.Place("W", 1, -2, 0) };
        // 1 − 0.125 · 0.5 is a float32, and so are its products with 1 and 2.
        backend.AdamUpdate(arguments with { Step = arguments.Step with { WeightDecay = 0.5 } });
        TensorAssert.Equal("Parameters", [0.9375, -1.875, 0], arguments.Parameters.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void The_first_step_of_signum_is_the_learning_rate_against_the_sign(string name) =>
        TestBackends.Use(name, backend =>
        {
            AdamUpdateArguments arguments = SignumArguments(backend, 1e-30, -4, 0, double.NaN);
            backend.AdamUpdate(arguments);
            TensorAssert.Equal("Z", [-0.125, 0.125, 0, double.NaN], arguments.FirstMoment.ToArray());
            TensorAssert.Equal("Y", [-0.125, 0.125, 0, double.NaN], arguments.Parameters.ToArray());
        });

    [Fact]
    public void Signum_is_schedule_free_averaging_as_it_is_written()
    {
        const int Steps = 40;
        const double Beta = 0.95;
        const double Rate = 0.01;
        using SaeKernels.Reference.ReferenceBackend<double> backend =
            SaeKernels.Reference.ReferenceBackend.CreateDouble();
        AdamUpdateArguments arguments = SignumArguments(backend, 0, 0, 0);
        double[] z = new double[3];
        double[] x = new double[3];
        double sumOfSquares = 0;
        for (int step = 1; step <= Steps; step++)
        {
            // A rate that rises over five steps; iterates count with the square of the largest rate so far.
            double rate = Rate * Math.Min(1, step / 5.0);
            sumOfSquares += rate * rate;
            double weight = rate * rate / sumOfSquares;
            double[] gradient = [.. Enumerable.Range(0, 3).Select(i => Math.Sin((7 * step) + i))];
            arguments.Gradient.Upload(gradient);
            backend.AdamUpdate(arguments with
            {
                Step = arguments.Step with
                {
                    LearningRate = rate,
                    Beta1 = Beta,
                    AveragingWeight = weight,
                    Step = step,
                },
            });
            for (int i = 0; i < 3; i++)
            {
                z[i] -= rate * Math.Sign(gradient[i]);
                x[i] = ((1 - weight) * x[i]) + (weight * z[i]);
            }
        }

        double[] y = [.. z.Zip(x, (base_, mean) => ((1 - Beta) * base_) + (Beta * mean))];
        // Ten roundings a step of numbers below 1.
        double bound = 10 * Steps * Math.Pow(2, -53);
        TensorAssert.Within("Z", z, arguments.FirstMoment.ToArray(), bound);
        TensorAssert.Within("Y", y, arguments.Parameters.ToArray(), bound);
    }

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
        Refuse(
            "WeightDecay must be at least 0 and below 1 / LearningRate, but is 8. Change WeightDecay.",
            good.Step with { WeightDecay = 8 });
        Refuse(
            "AveragingWeight must be above 0 and at most 1, but is 0. Change AveragingWeight.",
            good.Step with { Kind = OptimizerKind.Signum });
        Conformance.Refuses(
            "AdamUpdate: Parameters must have a second moment for Adam, but has none. Allocate one.",
            () => backend.AdamUpdate(good with { SecondMoment = null }));
        Conformance.Refuses(
            "AdamUpdate: Gradient must hold at least 4 elements, but holds 1. Allocate a larger buffer.",
            () => backend.AdamUpdate(good with { Gradient = backend.Place("G", 0.0) }));

        void Refuse(string message, OptimizerStep step) =>
            Conformance.Refuses($"AdamUpdate: {message}", () => backend.AdamUpdate(good with { Step = step }));
    });

    private static AdamUpdateArguments SignumArguments(IComputeBackend backend, params double[] gradient)
    {
        AdamUpdateArguments arguments = Arguments(backend, gradient);
        return arguments with
        {
            SecondMoment = null,
            Step = arguments.Step with { Kind = OptimizerKind.Signum, Beta1 = 0.95, AveragingWeight = 1 },
        };
    }

    private static AdamUpdateArguments Arguments(IComputeBackend backend, params double[] gradient) => new()
    {
        Length = gradient.Length,
        Parameters = backend.Place("Parameters", new double[gradient.Length]),
        Gradient = backend.Place("Gradient", gradient),
        FirstMoment = backend.Place("FirstMoment", new double[gradient.Length]),
        SecondMoment = backend.Place("SecondMoment", new double[gradient.Length]),
        Step = new OptimizerStep { LearningRate = 0.125, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-12, Step = 1 },
    };
}
