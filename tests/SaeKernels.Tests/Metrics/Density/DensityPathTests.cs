using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Tests.Training;
using SaeKernels.Training;

namespace SaeKernels.Tests.Metrics;

/// <summary>E18 of the acceptance checks: what more sparsity says of dense latents.</summary>
public class DensityPathTests
{
    private const int Draws = 100;
    private const int TrainedDraws = 2;
    private static readonly double[] Penalties = [0.08, 0.11, 0.14];
    private static readonly string[] OfAlways = [DensityClass.Offset, DensityClass.NotSparse];

    [Fact]
    public void More_sparsity_silences_what_was_not_needed_and_leaves_what_is_frequent()
    {
        (double, string)? usual = (0.08, DensityClass.Usual);
        (double, string)? offset = (0.95, DensityClass.Offset);
        (double, string)? frequent = (0.28, DensityClass.Frequent);
        (double, string)? unclear = (0.28, DensityClass.Unclear);
        (double, string)? flat = (0.3, DensityClass.NotSparse);

        Assert.Equal(DensityClass.Frequent, DensityPath.Classify(0.7, [flat, frequent, null]));
        Assert.Equal(DensityClass.NotSparse, DensityPath.Classify(0.7, [frequent, unclear]));
        Assert.Equal(DensityClass.NotSparse, DensityPath.Classify(0.15, [usual]));
        Assert.Equal(DensityClass.NotSparse, DensityPath.Classify(0.4, [frequent, flat]));
        Assert.Equal(DensityClass.Frequent, DensityPath.Classify(0.4, [unclear]));
        Assert.Equal(DensityClass.Offset, DensityPath.Classify(1, [offset]));
        Assert.Equal(DensityPath.Lost, DensityPath.Classify(0.4, [null, null]));
        Assert.Equal(DensityClass.Unclear, DensityPath.Classify(0.4, []));
    }

    // Codes of the planted directions and of three that are not in the data, by LASSO with three penalties.
    [Fact]
    public void Planted_latents_are_told_apart_over_a_path_of_penalties()
    {
        const int Rows = 2000;
        float[] lambdas = [0.02f, 0.08f, 0.2f];
        int[] right = new int[3];
        _ = Parallel.For(0, Draws, draw =>
        {
            PlantedDensities planted = new((ulong)draw, Rows);
            RandomSequence random = new((ulong)draw, RandomPurpose.General);
            RowMatrix directions = new(
                [.. planted.Directions, .. PlantedDensities.DrawDirections(ref random, 3)], PlantedDensities.DIn);
            (double Fvu, (double Density, string Class)[] Latents)[] path =
                [.. lambdas.Select(lambda => Encode(planted, directions, lambda))];
            (double Density, string Class)[][] asGood =
            [
                .. path.Skip(1).Where(one => one.Fvu <= path[0].Fvu + DensityPath.DefaultLoss)
                    .Select(one => one.Latents),
            ];

            Count(0, OfAlways.Contains(ClassOf(PlantedDensities.Always)));
            Count(1, ClassOf(PlantedDensities.Frequent) == DensityClass.Frequent);
            Count(2, Enumerable.Range(PlantedDensities.Features, 3).All(
                latent => path[0].Latents[latent].Density <= DensityClass.DenseAbove
                    || ClassOf(latent) == DensityClass.NotSparse));

            string ClassOf(int latent) => DensityPath.Classify(
                path[0].Latents[latent].Density, [.. asGood.Select(one => ((double, string)?)one[latent])]);
        });

        Assert.True(right.All(count => count >= 95), $"{string.Join(", ", right)} of {Draws}");

        void Count(int kind, bool isRight) => Interlocked.Add(ref right[kind], isRight ? 1 : 0);
    }

    [Fact]
    public void Trained_latents_are_told_apart_over_a_path_of_penalties()
    {
        using CpuBackend backend = new();
        int ofAlways = 0;
        int right = 0;
        for (ulong seed = 1; seed <= TrainedDraws; seed++)
        {
            PlantedDensities planted = new(seed, rows: 5000);
            using TrainingData data = new(planted.Vectors, PlantedDensities.DIn);
            DensityPathModel[] models = [.. Penalties.Select(l1 => Train(backend, data, l1))];
            DensityPath path = DensityPath.Of(models[0], models[1..]);
            UnitDirections truth = UnitDirections.From(planted.Directions, PlantedDensities.DIn);
            string? always = ClassAlong(truth[PlantedDensities.Always], models[0], path);
            string? frequent = ClassAlong(truth[PlantedDensities.Frequent], models[0], path);
            ofAlways += always is null ? 0 : 1;
            right += frequent == DensityClass.Frequent && always != DensityClass.Frequent ? 1 : 0;
        }

        // The bias takes up a direction that is always on; what is left of it has a latent in some draws only, which
        // more sparsity silences, makes flat or loses.
        Assert.True(ofAlways > 0);
        Assert.Equal(TrainedDraws, right);
    }

    [Fact]
    public void A_path_must_get_sparser()
    {
        IReadOnlyList<FeatureRow> rows = FeatureOrderTests.Table();
        DensityPathModel model = new(rows, UnitDirections.From([1f], 1), 0.1);
        DensityPathModel half = new([.. rows.Take(20)], UnitDirections.From([1f], 1), 0.1);
        DensityPathModel wide = new(rows, UnitDirections.From([1f, 0], 2), 0.1);

        Assert.Contains("denser", Assert.Throws<ArgumentException>(() => DensityPath.Of(half, [model])).Message);
        Assert.Contains("width", Assert.Throws<ArgumentException>(() => DensityPath.Of(model, [wide])).Message);
        Assert.Contains("at least 1", Assert.Throws<ArgumentException>(() => DensityPath.Of(model, [])).Message);
    }

    /// <summary>
    /// The class of the dense latent that points most nearly along a planted direction, or against it, with a cosine of
    /// at least 0.9; null without one.
    /// </summary>
    private static string? ClassAlong(ReadOnlySpan<double> direction, DensityPathModel model, DensityPath path)
    {
        string? best = null;
        double largest = 0.9;
        foreach (FeatureRow row in model.Rows.Where(row => row.Density > DensityClass.DenseAbove))
        {
            double cosine = Math.Abs(VectorProducts.Dot(model.Directions[row.Latent], direction));
            if (cosine >= largest)
            {
                best = path.Latents[row.Latent].Class;
                largest = cosine;
            }
        }

        return best;
    }

    private static (double Fvu, (double Density, string Class)[] Latents) Encode(
        PlantedDensities planted, RowMatrix directions, float lambda)
    {
        int width = PlantedDensities.DIn;
        int rows = planted.Vectors.Length / width;
        NonNegativeLasso lasso = new(directions, new float[width]);
        float[] code = new float[NonNegativeLasso.StrideOf(directions.Rows)];
        List<float>[] activations = [.. Enumerable.Range(0, directions.Rows).Select(_ => new List<float>())];
        float[] reconstruction = new float[planted.Vectors.Length];
        for (int row = 0; row < rows; row++)
        {
            Array.Clear(code);
            lasso.Solve(planted.Vectors.AsSpan(row * width, width), lambda, 40, code);
            for (int latent = 0; latent < directions.Rows; latent++)
            {
                if (code[latent] > 0)
                {
                    activations[latent].Add(code[latent]);
                    VectorMath.AddScaled(
                        reconstruction.AsSpan(row * width, width), directions[latent], code[latent]);
                }
            }
        }

        using CpuBackend backend = new();
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(width);
        backend.AccumulateReconstruction(new AccumulateReconstructionArguments
        {
            Targets = new RealMatrix(backend.Place("Targets", planted.Vectors), rows, width),
            Reconstruction = new RealMatrix(backend.Place("Reconstruction", reconstruction), rows, width),
            Statistics = statistics,
        });
        return (ReconstructionFigures.Of(statistics.Read()).Fvu, [.. activations.Select(values => (
            values.Count / (double)rows,
            DensityClass.Of(values.Count / (double)rows, double.NaN, DensityTests.ShapeOf([.. values]))))]);
    }

    private static DensityPathModel Train(CpuBackend backend, TrainingData data, double l1)
    {
        TrainingOptions options = new()
        {
            Architecture = "relu",
            Latents = 12,
            L1Coefficient = l1,
            Batch = 128,
            Steps = 600,
            Seed = 1,
            LearningRate = 5e-3,
            Holdout = 0,
        };
        using Sae sae = SaeLensLayout.Load(TrainingRuns.TrainOn(backend, data, $"l1-{l1}", options), backend);
        using ActivationStore store = data.Open();
        return new DensityPathModel(
            FeatureTable.Measure(sae, StoreSource.Of(store)),
            UnitDirections.From(sae.Parameters.WDec),
            SaeEvaluator.Evaluate(sae, store, RowSet.All(store)).Fvu);
    }
}
