using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class LatentResamplingTests
{
    private const int DIn = 6;

    private static readonly TrainingOptions Small = new()
    {
        Architecture = "relu",
        Latents = 24,
        L1Coefficient = 3,
        LearningRate = 0.02,
        Batch = 32,
        Steps = 60,
        DeadAfterTokens = 320,
        ResampleEvery = 20,
        ResampleTimes = 2,
        ResampleVectors = 300,
        CheckpointEvery = 7,
        LogEvery = 1,
    };

    [Theory]
    [InlineData("relu")]
    [InlineData("gated")]
    public void Dead_latents_begin_again_at_vectors_and_live_ones_stay(string architecture)
    {
        using TrainingData data = new(rows: 500, DIn);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingState state = Trained(backend, store, Small with { Architecture = architecture });
        int[] dead = [3, 7, 20];
        long[] silent = new long[24];
        Array.ForEach(dead, latent => silent[latent] = 320);
        silent[5] = 319;
        state.Objective.TokensSinceFired.Upload(silent);
        double[] encoderBefore = Read(state.Optimizer.WEnc.Values);
        double[] decoderBefore = Read(state.Optimizer.WDec.Values);
        Dictionary<string, double[]> moments = Moments(state);

        Assert.Equal(3, LatentResampling.Apply(state, store, RowSet.All(store)));

        double[] encoder = Read(state.Optimizer.WEnc.Values);
        double[] decoder = Read(state.Optimizer.WDec.Values);
        int[] live = [.. Enumerable.Range(0, 24).Except(dead)];
        double wanted = 0.2 * live.Average(latent => Length(Row(encoderBefore, latent)));
        float[] vectors = DataSample.Read(store, RowSet.All(store), 500, 1);
        double[] bias = Read(state.Optimizer.BDec.Values);
        Assert.All(dead, latent =>
        {
            double[] row = Row(decoder, latent);
            // Rows are stored in float32.
            Assert.Contains(Enumerable.Range(0, 500), vector =>
            {
                double[] direction = [.. Enumerable.Range(0, DIn).Select(d => vectors[(vector * DIn) + d] - bias[d])];
                double length = Length(direction);
                return row.Zip(direction).All(pair => (float)(pair.Second / length) == (float)pair.First);
            });
            Assert.Equal(wanted, Length(Row(encoder, latent)), wanted * 1e-6);
            Assert.Equal(0, Read(state.Optimizer.BEnc.Values)[latent]);
            Assert.All(
                state.Optimizer.LatentVectors, vector => Assert.Equal(0, Read(vector.Parameters.Values)[latent]));
        });
        RequireResetMoments(moments, Moments(state), dead);
        Assert.All(live, latent =>
        {
            Assert.Equal(Row(encoderBefore, latent), Row(encoder, latent));
            Assert.Equal(Row(decoderBefore, latent), Row(decoder, latent));
        });
        Assert.Equal(3, dead.Select(latent => string.Join(' ', Row(decoder, latent))).Distinct().Count());
        state.Objective.TokensSinceFired.Download(silent);
        Assert.All(dead, latent => Assert.Equal(0, silent[latent]));
        Assert.Equal(319, silent[5]);
    }

    [Theory]
    [InlineData(OptimizerKind.Adam, 0.9)]
    [InlineData(OptimizerKind.Signum, 0)]
    public void Averages_and_iterates_of_dead_latents_begin_again_where_their_weights_do(
        OptimizerKind optimizer, double decay)
    {
        const int Dead = 7;
        using TrainingData data = new(rows: 500, DIn);
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingState state = Trained(
            backend, store, Small with { Optimizer = optimizer, EmaDecay = decay });
        long[] silent = new long[24];
        silent[Dead] = 320;
        state.Objective.TokensSinceFired.Upload(silent);

        Assert.Equal(1, LatentResampling.Apply(state, store, RowSet.All(store)));

        foreach ((string name, AdamParameters parameters) in state.Optimizer.All.Where(pair => pair.Name != "BDec"))
        {
            RealBuffer kept = state.Average?.Sums[name] ?? parameters.FirstMoment;
            double correction = state.Average?.CorrectionAfter(state.Step) ?? 1;
            int width = (int)parameters.Values.Length / 24;
            Range own = (Dead * width)..((Dead + 1) * width);
            Assert.All(
                Read(parameters.Values)[own].Zip(Read(kept)[own]),
                pair => Assert.Equal(pair.First, correction * pair.Second, 1e-6 * Math.Abs(pair.First)));
        }
    }

    // E4 of the acceptance checks. Alive is what fires more than once in as many vectors as make a silent latent dead.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_killed_latent_is_alive_a_thousand_steps_after_it_began_again_and_stays_dead_otherwise(bool resamples)
    {
        const int Killed = 5;
        const int Fresh = 1000;
        BounceSource source = new(3, features: 12, DIn, active: 2);
        using TrainingData data = new(source, rows: 6400);
        using ActivationStore store = data.Open();
        using CpuBackend backend = new(1);
        TrainingPlan plan = TrainingPlan.Create(
            Small with { Latents = 12, L1Coefficient = 0.1, Steps = 1200, ResampleEvery = 200, ResampleTimes = 1 },
            DIn,
            store.Count);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: 1);
        TiedInitialization.Write(state.Parameters, new double[DIn], plan.Seed);
        state.Optimizer.WEnc.Values.Upload(new double[DIn], Killed * DIn);
        state.Optimizer.BEnc.Values.Upload([-100.0], Killed);
        float[] batch = new float[plan.Batch * DIn];

        while (state.Step < plan.Steps)
        {
            store.Read(state.Step * plan.Batch % store.Count, batch);
            state.Advance(batch);
            if (plan.ResamplesAfter(state.Step))
            {
                Assert.Equal(0, Firings(state, Killed, source, store.Count, Fresh));
                Assert.True(!resamples || LatentResampling.Apply(state, store, RowSet.All(store)) > 0);
            }
        }

        int firings = Firings(state, Killed, source, store.Count, Fresh);
        Assert.InRange(firings, resamples ? 1 + (Fresh / plan.DeadAfterTokens) : 0, resamples ? Fresh : 0);
        long[] silent = new long[plan.Latents];
        state.Objective.TokensSinceFired.Download(silent);
        Assert.Equal(resamples, silent[Killed] < plan.DeadAfterTokens);
    }

    [Fact]
    public void Nothing_happens_where_all_latents_live()
    {
        using TrainingData data = new(rows: 100, DIn);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingState state = Trained(backend, store);
        state.Objective.TokensSinceFired.Upload(new long[24]);
        double[] before = Read(state.Optimizer.WEnc.Values);

        Assert.Equal(0, LatentResampling.Apply(state, store, RowSet.All(store)));
        Assert.Equal(before, Read(state.Optimizer.WEnc.Values));
    }

    [Fact]
    public void A_run_that_resamples_resumes_bit_for_bit()
    {
        using TrainingData data = new(rows: 700, DIn);
        Run(data, "plain", Small with { ResampleEvery = null, ResampleTimes = null, ResampleVectors = null });
        Run(data, "whole", Small);
        Run(data, "interrupted", Small, stopAt: 20);
        Run(data, "interrupted", null, stopAt: 39);
        Run(data, "interrupted", null);

        string whole = TrainingData.HashOfWeights(data.Run("whole"));
        Assert.Equal(whole, TrainingData.HashOfWeights(data.Run("interrupted")));
        Assert.NotEqual(whole, TrainingData.HashOfWeights(data.Run("plain")));
    }

    [Fact]
    public void Vectors_are_chosen_in_proportion_to_their_squared_loss()
    {
        double[] losses = [1, 2, 0, 3];
        int[] chosen = new int[4];
        const int Draws = 14_000;
        for (int draw = 0; draw < Draws; draw++)
        {
            HighLossVectors choice = new(1, new RandomSequence(5, RandomPurpose.Resampling, draw));
            for (int i = 0; i < losses.Length; i++)
            {
                choice.Offer([i], losses[i]);
            }

            chosen[(int)choice.Take()[0][0]]++;
        }

        Assert.Equal(0, chosen[2]);
        double squares = losses.Zip(chosen).Where(pair => pair.First > 0).Sum(pair =>
        {
            double expected = Draws * pair.First * pair.First / 14;
            return (pair.Second - expected) * (pair.Second - expected) / expected;
        });
        // χ² of two degrees of freedom is above it with a probability of 0.001.
        Assert.InRange(squares, 0, -2 * Math.Log(0.001));
    }

    [Fact]
    public void Each_vector_with_a_loss_is_chosen_once_where_all_are_wanted()
    {
        HighLossVectors choice = new(5, new RandomSequence(6, RandomPurpose.Resampling));
        foreach (int value in (int[])[10, 11, 12])
        {
            choice.Offer([value], value == 11 ? 0 : 1);
        }

        Assert.Equal([10, 12], choice.Take().Select(vector => (int)vector[0]).Order());
    }

    [Fact]
    public void Other_architectures_and_loose_options_are_refused()
    {
        ArgumentException topk = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            new TrainingOptions { ResampleEvery = 10 }, DIn, 100));
        Assert.Contains("ResampleEvery must be left out for topk", topk.Message, StringComparison.Ordinal);
        ArgumentException loose = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            Small with { ResampleEvery = null }, DIn, 100));
        Assert.Contains("without ResampleEvery", loose.Message, StringComparison.Ordinal);
    }

    /// <summary>In how many of some rows of a source a latent is active.</summary>
    private static int Firings(TrainingState state, int latent, SyntheticSource source, long firstRow, int rows)
    {
        float[] vectors = new float[rows * DIn];
        source.Draw(firstRow, vectors);
        double[] weights = Row(Read(state.Optimizer.WEnc.Values), latent);
        double[] center = Read(state.Optimizer.BDec.Values);
        double bias = Read(state.Optimizer.BEnc.Values)[latent];
        return vectors.Chunk(DIn).Count(
            vector => bias + vector.Select((value, d) => weights[d] * (value - center[d])).Sum() > 0);
    }

    /// <summary>Both moments of all that is trained, by name.</summary>
    private static Dictionary<string, double[]> Moments(TrainingState state) => new(
        state.Optimizer.All.SelectMany(pair => (KeyValuePair<string, double[]>[])
        [
            new($"{pair.Name}, first", Read(pair.Parameters.FirstMoment)),
            new($"{pair.Name}, second", Read(pair.Parameters.SecondMoment!)),
        ]));

    /// <summary>Moments of dead latents are 0 and were not; those of others and of b_dec are what they were.</summary>
    private static void RequireResetMoments(
        Dictionary<string, double[]> before, Dictionary<string, double[]> after, int[] dead)
    {
        foreach ((string name, double[] old) in before)
        {
            int width = name.StartsWith("BDec", StringComparison.Ordinal) ? 0 : old.Length / 24;
            bool[] isReset =
                [.. Enumerable.Range(0, old.Length).Select(i => width > 0 && dead.Contains(i / width))];
            Assert.Equal([.. old.Select((moment, i) => isReset[i] ? 0 : moment)], after[name]);
            Assert.True(width == 0 || old.Where((moment, i) => isReset[i] && moment != 0).Any(), name);
            Assert.Contains(old.Where((_, i) => !isReset[i]), moment => moment != 0);
        }
    }

    private static TrainingState Trained(CpuBackend backend, ActivationStore store, TrainingOptions? options = null)
    {
        TrainingPlan plan = TrainingPlan.Create(options ?? Small, DIn, store.Count);
        TrainingState state = new(backend, plan, Normalization.Identity, variance: 1);
        TiedInitialization.Write(state.Parameters, new double[DIn], plan.Seed);
        float[] batch = new float[plan.Batch * DIn];
        store.Read(0, batch);
        state.Advance(batch);
        return state;
    }

    private static void Run(TrainingData data, string name, TrainingOptions? options, long? stopAt = null)
    {
        using CpuBackend backend = new(options is null ? 1 : 2);
        using ActivationStore store = data.Open();
        using TrainingSession session = options is null
            ? TrainingSession.Resume(backend, store, data.Run(name))
            : TrainingSession.Start(backend, store, options, data.Run(name));
        TrainingRuns.RunUntil(session, stopAt);
        Assert.Equal(stopAt ?? Small.Steps, session.Step);
    }

    private static double[] Read(RealBuffer buffer)
    {
        double[] values = new double[buffer.Length];
        buffer.Download(values);
        return values;
    }

    private static double[] Row(double[] matrix, int row) => matrix[(row * DIn)..((row + 1) * DIn)];

    private static double Length(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));
}
