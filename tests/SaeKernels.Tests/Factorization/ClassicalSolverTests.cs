using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Factorization;

public sealed class ClassicalSolverTests
{
    [Fact]
    public void With_one_direction_a_code_is_its_soft_threshold()
    {
        float[] code = new float[NonNegativeLasso.StrideOf(1)];
        NonNegativeLasso lasso = new(new RowMatrix([0.6f, 0.8f], 2), [0, 0]);

        lasso.Solve([3, 4], 0.5f, 200, code);
        Assert.Equal(4.5f, code[0], 1e-4f);
        lasso.Solve([-3, -4], 0.5f, 200, code);
        Assert.Equal(0, code[0]);
    }

    [Theory]
    [InlineData(0.02f)]
    [InlineData(0.2f)]
    public void A_code_meets_the_conditions_of_its_minimum(float lambda)
    {
        BounceSource source = new(3, 20, 9, 3);
        RowMatrix dictionary = new(source.Truth.Rows.ToArray(), 9);
        float[] bias = [0.1f, -0.1f, 0, 0, 0, 0, 0, 0, 0.2f];
        NonNegativeLasso lasso = new(dictionary, bias);
        float[] code = new float[NonNegativeLasso.StrideOf(20)];
        foreach (float[] vector in Rows(source, 50))
        {
            Array.Clear(code);
            lasso.Solve(vector, lambda, 20_000, code);
            float[] error = [.. vector.Index().Select(x =>
                x.Item - bias[x.Index] - Enumerable.Range(0, 20).Sum(atom => code[atom] * dictionary[atom][x.Index]))];
            for (int atom = 0; atom < 20; atom++)
            {
                // Steps stop below λ/1000 over L: the gradient of an active entry is as small, of others at most λ.
                float slope = Enumerable.Range(0, 9).Sum(d => error[d] * dictionary[atom][d]) - lambda;
                Assert.True(code[atom] > 0 ? Math.Abs(slope) < 5e-3f * lambda : slope < 5e-3f * lambda);
            }

            Assert.All(code.Skip(20), padding => Assert.Equal(0, padding));
        }
    }

    [Fact]
    public void Normal_equations_have_the_known_solution()
    {
        double[] matrix = [4, 2, 2, 3];
        double[] right = [10, 2, 9, 5];
        NormalEquations.Solve(matrix, 2, right, 2);

        // 4a + 2b = (10, 2), 2a + 3b = (9, 5); the ridge of 1e-10 shows in the tenth digit.
        double[] expected = [1.5, -0.5, 2, 2];
        Assert.All(expected.Zip(right), pair => Assert.Equal(pair.First, pair.Second, 1e-8));
    }

    [Fact]
    public void An_unknown_that_nothing_determines_stays_at_zero()
    {
        double[] right = [3, 0];
        NormalEquations.Solve([1, 0, 0, 0], 2, right, 1);

        Assert.Equal(3, right[0], 1e-8);
        Assert.Equal(0, right[1]);
    }

    [Fact]
    public void The_planted_directions_are_found()
    {
        BounceSource source = new(5, 12, 8, 2);
        ClassicalSolver solver = new(Matrix(source, 600), 0.05, new ClassicalOptions());
        SparseFactorization best = Enumerable.Range(0, 5)
            .Select(start => solver.SolveFromRandom(12, new RandomSequence(1, RandomPurpose.General, start)))
            .MinBy(result => result.Objective)!;
        MeanMaxCosine cosines = DictionaryMetrics.MeanMaxCosine(
            UnitDirections.From(source.Truth.Rows, 8), UnitDirections.From(best.Dictionary.Elements, 8));

        Assert.InRange(cosines.Recall, 0.99, 1.0001);
        Assert.InRange(cosines.Precision, 0.99, 1.0001);
        Assert.InRange(best.L0, 1.5, 2.5);
    }

    [Fact]
    public void A_start_that_is_pruned_of_a_larger_dictionary_finds_what_random_starts_miss()
    {
        BounceSource source = new(1, 24, 12, 2);
        RowMatrix vectors = Matrix(source, 800);
        ClassicalSolver solver = new(vectors, 0.1, new ClassicalOptions());
        SparseFactorization random = solver.SolveFromRandom(24, new RandomSequence(1, RandomPurpose.General));
        SparseFactorization larger = solver.SolveFromRandom(48, new RandomSequence(1, RandomPurpose.General));
        SparseFactorization pruned = solver.SolveFrom(DictionaryPruning.Prune(larger, 24));

        Assert.True(pruned.Objective <= random.Objective * 1.0001);
        Assert.Equal(24, pruned.Dictionary.Rows);
        Assert.InRange(
            DictionaryMetrics.MeanMaxCosine(
                UnitDirections.From(source.Truth.Rows, 12),
                UnitDirections.From(pruned.Dictionary.Elements, 12)).Recall,
            0.99,
            1.0001);
    }

    [Fact]
    public void Pruning_drops_the_duplicate_before_the_rare_direction()
    {
        SparseFactorization larger = new()
        {
            Dictionary = new RowMatrix([1, 0, 0.999f, 0.04f, 0, 1], 2),
            Bias = [0, 0],
            Codes = new SparseRows([0, 1, 2, 3], [0, 1, 2], [5, 4, 0.1f]),
            Objective = 0,
            Mse = 0,
        };
        SparseFactorization pruned = DictionaryPruning.Prune(larger, 2);

        Assert.Equal([1, 0, 0, 1], pruned.Dictionary.Elements);
        Assert.Equal([0, 1, 1, 2], pruned.Codes.Offsets);
        Assert.Equal([0, 1], pruned.Codes.Columns);
    }

    [Fact]
    public void Every_update_keeps_unit_rows_and_uses_every_direction()
    {
        SparseFactorization found = new ClassicalSolver(
            Matrix(new BounceSource(2, 6, 5, 1), 200), 0.05, new ClassicalOptions { OuterIterations = 5 })
            .SolveFromRandom(40, new RandomSequence(3, RandomPurpose.General));

        for (int atom = 0; atom < 40; atom++)
        {
            double length = 0;
            foreach (float element in found.Dictionary[atom])
            {
                length += element * element;
            }

            Assert.Equal(1, length, 1e-5);
        }
    }

    [Fact]
    public void The_same_start_ends_in_the_same_bits()
    {
        RowMatrix vectors = Matrix(new BounceSource(2, 10, 6, 2), 100);
        SparseFactorization[] twice =
        [
            .. Enumerable.Range(0, 2).AsParallel().Select(_ => new ClassicalSolver(
                vectors, 0.1, new ClassicalOptions { FitsBias = true })
                .SolveFromRandom(10, new RandomSequence(3, RandomPurpose.General))),
        ];

        Assert.Equal(twice[0].Dictionary.Elements, twice[1].Dictionary.Elements);
        Assert.Equal(twice[0].Codes.Values, twice[1].Codes.Values);
    }

    [Fact]
    public void A_constant_offset_is_taken_by_the_bias()
    {
        BounceSource source = new(4, 10, 8, 2, bias: 3);
        SparseFactorization found = new ClassicalSolver(
            Matrix(source, 500), 0.05, new ClassicalOptions { FitsBias = true })
            .SolveFromRandom(10, new RandomSequence(3, RandomPurpose.General));
        double distance = Math.Sqrt(source.Offset!.Zip(found.Bias).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));

        // What shrinkage by λ takes from the codes may go to the bias: at most 2 entries of λ a vector.
        Assert.InRange(distance, 0, 0.3);
    }

    [Fact]
    public void Faulty_arguments_are_named() => Assert.Equal(
        "ClassicalSolver: there must be at least 1 vector and lambda be at least 0, but there are 2 and lambda is -1. "
        + "Change them.",
        Assert.Throws<ArgumentException>(
            () => new ClassicalSolver(new RowMatrix([1, 2], 1), -1, new ClassicalOptions())).Message);

    private static RowMatrix Matrix(SyntheticSource source, int count) =>
        new([.. Rows(source, count).SelectMany(row => row)], source.DIn);

    private static IEnumerable<float[]> Rows(SyntheticSource source, int count)
    {
        SyntheticRow code = new();
        for (int row = 0; row < count; row++)
        {
            float[] vector = new float[source.DIn];
            source.Draw(row, code, vector);
            yield return vector;
        }
    }
}
