using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class OrthogonalizeTests
{
    // The largest slope of the polynomial where singular values can be, at 1.2024.
    private const double MostSlope = 4.245;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.Orthogonalize));

    [Theory]
    [InlineData(7, 4)]
    [InlineData(4, 7)]
    [InlineData(5, 5)]
    public void In_double_singular_vectors_stay_and_singular_values_follow_the_polynomial(int rows, int columns)
    {
        using ReferenceBackend<double> backend = new();
        double[] singular = [.. Enumerable.Range(0, Math.Min(rows, columns)).Select(i => 3 * Math.Pow(0.3, i))];
        RealMatrix matrix = backend.PlaceMatrix("X", rows, columns, Matrix(rows, columns, singular));
        backend.Orthogonalize(new OrthogonalizeArguments { Matrix = matrix });
        double[] expected = Matrix(rows, columns, AfterIterations(singular, 5));
        TensorAssert.Within("X", expected, matrix.Buffer.ToArray(), 1e-12);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Five_iterations_bring_singular_values_near_one(string name) => TestBackends.Use(name, backend =>
    {
        double[] singular = [2, 0.5];
        RealMatrix matrix = backend.PlaceMatrix("X", 3, 2, Matrix(3, 2, singular));
        backend.Orthogonalize(new OrthogonalizeArguments { Matrix = matrix });
        TensorAssert.Within(
            "X",
            Matrix(3, 2, AfterIterations(singular, 5)),
            matrix.Buffer.ToArray(),
            ErrorOfIterations(rows: 3, columns: 2, singular, 5));
    });

    [Fact]
    public void All_that_begins_above_two_thousandths_ends_between_0_68_and_1_21()
    {
        for (int i = 0; i <= 10_000; i++)
        {
            double value = 0.002 * Math.Pow(500, i / 10_000.0);
            Assert.InRange(Iterated(value, 5), 0.68, 1.21);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Zeros_stay_and_nan_spreads(string name) => TestBackends.Use(name, backend =>
    {
        RealMatrix zeros = backend.PlaceMatrix("Zeros", 3, 2, new double[6]);
        backend.Orthogonalize(new OrthogonalizeArguments { Matrix = zeros });
        TensorAssert.Equal("Zeros", new double[6], zeros.Buffer.ToArray());
        RealMatrix faulty = backend.PlaceMatrix("Faulty", 2, 3, 1, 2, double.NaN, 4, 5, 6);
        backend.Orthogonalize(new OrthogonalizeArguments { Matrix = faulty });
        Assert.All(faulty.Buffer.ToArray(), number => Assert.True(double.IsNaN(number)));
        backend.Orthogonalize(new OrthogonalizeArguments { Matrix = faulty.Slice(0, 0) });
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        RealMatrix matrix = backend.PlaceMatrix("X", 1, 2, 3, 4);
        Conformance.Refuses(
            "Orthogonalize: Iterations must be at least 0, but is -1. Change Iterations.",
            () => backend.Orthogonalize(new OrthogonalizeArguments { Matrix = matrix, Iterations = -1 }));
        Conformance.Refuses(
            "Orthogonalize: Matrix must be [0, 0], but is [0, 0]. Pass a matrix of that shape.",
            () => backend.Orthogonalize(new OrthogonalizeArguments { Matrix = default }));
        Conformance.Refuses(
            "AdamUpdate: Step.Kind must be Adam or Signum, but is Muon. Orthogonalize the momentum of a matrix and "
            + "add it.",
            () => backend.AdamUpdate(new AdamUpdateArguments
            {
                Length = 2,
                Parameters = matrix.Buffer,
                Gradient = matrix.Buffer,
                FirstMoment = matrix.Buffer,
                SecondMoment = null,
                Step = new OptimizerStep { Kind = OptimizerKind.Muon, LearningRate = 1, Beta1 = 0, Step = 1 },
            }));
    });

    private static double Iterated(double value, int iterations)
    {
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double square = value * value;
            value *= OrthogonalizeArguments.Linear
                + (square * (OrthogonalizeArguments.Cubic + (square * OrthogonalizeArguments.Quintic)));
        }

        return value;
    }

    private static double[] AfterIterations(double[] singular, int iterations)
    {
        double norm = Math.Sqrt(singular.Sum(value => value * value));
        return [.. singular.Select(value => Iterated(value / norm, iterations))];
    }

    /// <summary>U · diag(s) · Vᵀ, U and V being reflections.</summary>
    private static double[] Matrix(int rows, int columns, double[] singular)
    {
        double[] matrix = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                matrix[(row * columns) + column] = singular
                    .Select((value, i) => value * Reflection(rows, row, i) * Reflection(columns, column, i))
                    .Sum();
            }
        }

        return matrix;
    }

    /// <summary>An element of I − 2·v·vᵀ / ‖v‖² with v = (1, 2, 3, …).</summary>
    private static double Reflection(int size, int row, int column)
    {
        double squares = Enumerable.Range(1, size).Sum(i => (double)i * i);
        return (row == column ? 1 : 0) - (2.0 * (row + 1) * (column + 1) / squares);
    }

    /// <summary>
    /// How far float32 may be away in the Frobenius norm. An iteration adds what its sums round: of m terms in A, n in
    /// A² and in X·P, each sum of magnitudes being at most a product of norms; and it multiplies what is there by the
    /// largest slope. f is ‖X‖, p what ‖P‖ is at most.
    /// </summary>
    private static double ErrorOfIterations(int rows, int columns, double[] singular, int iterations)
    {
        const double Roundoff = 1.001 / (1 << 24);
        double error = 4 * Roundoff;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double[] values = AfterIterations(singular, iteration);
            double f = Math.Sqrt(values.Sum(value => value * value)) + error;
            double gram = rows * f * f;
            double p = (OrthogonalizeArguments.Linear * Math.Sqrt(columns))
                - (OrthogonalizeArguments.Cubic * f * f)
                + (OrthogonalizeArguments.Quintic * Math.Pow(f, 4));
            double ofFactor = (-OrthogonalizeArguments.Cubic * gram)
                + (OrthogonalizeArguments.Quintic * ((2 * f * f * gram) + (columns * Math.Pow(f, 4))))
                + (4 * p);
            error = (MostSlope * error) + (Roundoff * ((f * ofFactor) + (columns * f * p)));
        }

        return error;
    }
}
