using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class MatryoshkaReluTrainingTests
{
    private const ulong Seed = 9;

    [Fact]
    public void Prefixes_are_distinct_ascend_to_all_latents_and_depend_on_seed_and_step_alone()
    {
        for (long step = 1; step <= 200; step++)
        {
            int[] ends = RandomPrefixes.Draw(Seed, step, 48, 10);
            Assert.Equal(10, ends.Length);
            Assert.Equal(48, ends[^1]);
            Assert.True(ends[0] >= 1);
            Assert.All(ends.Zip(ends.Skip(1)), pair => Assert.True(pair.First < pair.Second));
            Assert.Equal(ends, RandomPrefixes.Draw(Seed, step, 48, 10));
        }

        Assert.NotEqual(RandomPrefixes.Draw(Seed, 1, 48, 10), RandomPrefixes.Draw(Seed, 2, 48, 10));
        Assert.NotEqual(RandomPrefixes.Draw(Seed, 1, 48, 10), RandomPrefixes.Draw(Seed + 1, 1, 48, 10));
        Assert.Equal([1, 2, 3], RandomPrefixes.Draw(Seed, 1, 3, 3));
        Assert.Equal([1], RandomPrefixes.Draw(Seed, 1, 1, 1));
    }

    [Fact]
    public void A_prefix_has_the_probability_of_its_law()
    {
        // One prefix beside the whole: i + 1 of 17 latents has the probability (√(i + 1) − √i) / √16. Of n draws the
        // count is within six deviations of n·p but for a chance of 2·10⁻⁹ each.
        const int Draws = 40_000;
        int[] counts = new int[18];
        for (int step = 1; step <= Draws; step++)
        {
            counts[RandomPrefixes.Draw(Seed, step, 17, 2)[0]]++;
        }

        for (int i = 0; i < 16; i++)
        {
            double p = (Math.Sqrt(i + 1) - Math.Sqrt(i)) / 4;
            Assert.InRange(
                counts[i + 1], (Draws * p) - (6 * Math.Sqrt(Draws * p)), (Draws * p) + (6 * Math.Sqrt(Draws * p)));
        }
    }

    [Fact]
    public void A_step_behind_the_ends_that_are_on_the_device_has_those_of_a_run_from_the_beginning()
    {
        using ReferenceBackend<float> backend = new();
        using RandomPrefixes random = new(backend, Seed, 24, 4);
        foreach (long step in (long[])[1, 2, 4096, 4097, 9000, 3])
        {
            LatentPrefixes prefixes = random.At(step);
            int[] ends = prefixes.Ends.ToArray()[prefixes.FirstEnd..(prefixes.FirstEnd + 4)];
            Assert.Equal(RandomPrefixes.Draw(Seed, step, 24, 4), ends);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.01)]
    public void A_wanted_number_of_active_latents_is_reached_from_half_of_them_and_resumed_bit_for_bit(
        double? penaltyStep)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = new()
        {
            Architecture = "matryoshka-relu",
            Latents = 48,
            K = 4,
            PenaltyStep = penaltyStep,
            Batch = 64,
            Steps = 1200,
            LearningRate = 5e-3,
            CheckpointEvery = 300,
            LogEvery = 10,
        };
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", options);
        string interrupted = TrainingRuns.Train(new CpuBackend(2), data, "interrupted", options, stopAt: 410);
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Resume(backend, store, interrupted);
        Assert.True(session.Run().Completed);

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.Equal(6, rows[0].L0);
        Assert.InRange(rows.TakeLast(10).Average(row => row.L0), 0.8 * 4, 1.2 * 4);
        EvaluationResult evaluation = session.Evaluate()!;
        Assert.InRange(evaluation.L0, 0.8 * 4, 1.2 * 4);
        Assert.Equal(evaluation.Fvu, rows[^1].Fvu, 0.25 * evaluation.Fvu);
        Assert.True(rows[^1].Loss < rows[0].Loss, $"loss from {rows[0].Loss} to {rows[^1].Loss}");
        Assert.True(rows[^1].Fvu < 0.9 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
    }

    [Fact]
    public void More_active_latents_than_are_listed_are_refused() => Assert.Equal(
        "Training: K must be at most an eighth of Latents = 48 for matryoshka-relu, which lists no more activations, "
        + "but is 7. Lower K or raise Latents.",
        Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            new TrainingOptions { Architecture = "matryoshka-relu", Latents = 48, K = 7 }, 16, 1000)).Message);

    [Theory]
    [InlineData("matryoshka-relu", 1.5, null, "PenaltyStep must be above 0 and at most 1, but is 1.5")]
    [InlineData("matryoshka-relu", 0.1, 0.2, "left out where L1Coefficient = 0.2 is the weight, but is 0.1")]
    [InlineData("relu", 0.1, null, "PenaltyStep must be left out for relu")]
    public void A_penalty_step_that_could_do_nothing_is_refused(
        string architecture, double penaltyStep, double? weight, string message) => Assert.Contains(
        message,
        Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            new TrainingOptions
            {
                Architecture = architecture,
                Latents = 256,
                PenaltyStep = penaltyStep,
                L1Coefficient = weight,
            },
            16,
            1000)).Message,
        StringComparison.Ordinal);
}
