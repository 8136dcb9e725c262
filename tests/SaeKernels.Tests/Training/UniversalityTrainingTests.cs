using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// The universality of E7 of the acceptance checks: two seeds find the same features, coordinates do not.
/// </summary>
public class UniversalityTrainingTests
{
    // The wider the vectors, the less a single coordinate says of a direction: about √(2 ln n / n). At 32 the two seeds
    // are 2.7 times as good (0.98 and 0.37), so the bar of 3 needs more.
    private const int DIn = 96;
    private const int Features = 192;

    [Fact]
    public void Two_seeds_agree_three_times_as_well_as_a_model_and_the_coordinates()
    {
        SharkeyOptions options = new() { Features = Features, DIn = DIn, Active = 3 };
        using TrainingData data = new(new SharkeySource(5, options), rows: 12_000);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using Sae first = Train(backend, data, store, seed: 1);
        using Sae second = Train(backend, data, store, seed: 2);
        using Sae coordinates = Coordinates(backend);
        VectorSource source = StoreSource.Of(store);

        double seeds = new UniversalityPass().Run(first, second, source).MedianCorrelation;
        double neurons = new UniversalityPass().Run(first, coordinates, source).MedianCorrelation;

        Assert.True(seeds > 3 * neurons, $"{seeds} between seeds, {neurons} with coordinates");
    }

    private static Sae Train(CpuBackend backend, TrainingData data, ActivationStore store, ulong seed)
    {
        TrainingOptions options = new()
        {
            Latents = Features,
            K = 3,
            Batch = 256,
            Steps = 1500,
            Seed = seed,
            LearningRate = 2e-3,
            Holdout = 0,
        };
        string run = data.Run($"seed{seed}");
        using (TrainingSession session = TrainingSession.Start(backend, store, options, run))
        {
            Assert.True(session.Run().Completed);
        }

        return SaeLensLayout.Load(run, backend);
    }

    /// <summary>A model whose latents are the positive and the negative part of each coordinate.</summary>
    private static Sae Coordinates(CpuBackend backend)
    {
        SaeConfig config = new() { Architecture = "relu", DIn = DIn, DSae = 2 * DIn };
        Sae sae = SaeArchitectures.Create(backend, config);
        float[] rows = new float[2 * DIn * DIn];
        for (int d = 0; d < DIn; d++)
        {
            rows[(d * DIn) + d] = 1;
            rows[((DIn + d) * DIn) + d] = -1;
        }

        sae.Parameters.WEnc.Buffer.Upload(rows);
        return sae;
    }
}
