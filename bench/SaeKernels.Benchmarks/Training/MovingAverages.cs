using System.Globalization;
using SaeKernels.Abstractions;

namespace SaeKernels.Benchmarks;

/// <summary>What moving averages of the weights cost: in the visits of latents, and as sums after them.</summary>
/// <remarks>
/// In turns, on one thread and in processor time: what other programs take of the processors does not count, though
/// what they take of caches and memory does. No latent is dead. The encoder is timed too, because it rounds weights
/// anew that something else than the visit was given.
/// </remarks>
internal static class MovingAverages
{
    private const int Rounds = 41;

    // So that a round has milliseconds, of a step that has fractions of one too.
    private const int WeightsOfRound = 1 << 23;

    /// <summary>Writes a row of a CSV for each way of averaging, none first.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="rows">
    /// Receives width, latents, k, batch, way, rounds, processor time of the update in milliseconds, the median, the
    /// least and the most of its ratio to the update without averages in the same round, and the time of the encoder
    /// before it with the median of that ratio.
    /// </param>
    public static void Measure(StepShape shape, TextWriter rows)
    {
        using TrainingStep step = new(shape, threads: 1);
        IComputeBackend backend = step.Backend;
        UpdateLatentsArguments averaged = WithoutDead(step.UpdateAveragedLatents, shape);
        UpdateLatentsArguments plain = averaged with { Averages = null };
        int calls = Math.Max(1, WeightsOfRound / (shape.DIn * shape.DSae));
        (string Name, Action Update)[] ways =
        [
            ("none", () => backend.UpdateLatents(plain)),
            ("in the visit", () => backend.UpdateLatents(averaged)),
            ("after it", () => AverageAfter(backend, plain, averaged.Averages!.Value)),
        ];
        backend.BuildLatentMajor(step.BuildLatentMajor with { AuxCodes = null });
        double[][] encoding = [.. ways.Select(_ => new double[Rounds])];
        double[][] updating = [.. ways.Select(_ => new double[Rounds])];

        // The first rounds compile; the next one overwrites them.
        for (int round = -5; round < Rounds; round++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                // The first encode rounds for what came before; the second finds what the update left.
                backend.EncodeTopK(step.EncodeTopK with { Aux = null });
                updating[i][Math.Max(round, 0)] = MillisecondsOf(ways[i].Update, calls);
                encoding[i][Math.Max(round, 0)] =
                    MillisecondsOf(() => backend.EncodeTopK(step.EncodeTopK with { Aux = null }), calls: 1);
            }
        }

        for (int i = 0; i < ways.Length; i++)
        {
            double[] ratios = [.. updating[i].Zip(updating[0], (own, first) => own / first)];
            rows.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{shape.DIn},{shape.DSae},{shape.K},{shape.Batch},{ways[i].Name},{Rounds},{Median(updating[i]):F3},"
                + $"{Median(ratios):F3},{ratios.Min():F3},{ratios.Max():F3},{Median(encoding[i]):F3},"
                + $"{Median([.. encoding[i].Zip(encoding[0], (own, first) => own / first)]):F3}"));
        }
    }

    private static UpdateLatentsArguments WithoutDead(UpdateLatentsArguments arguments, StepShape shape) =>
        arguments with
        {
            Inputs = arguments.Inputs with
            {
                Residuals = new RealMatrix(arguments.Inputs.Residuals.Buffer, shape.Batch, shape.DIn),
                AuxResidualScale = null,
            },
        };

    private static void AverageAfter(IComputeBackend backend, UpdateLatentsArguments plain, RowAverages averages)
    {
        backend.UpdateLatents(plain);
        Add(averages.WEnc, plain.WEnc);
        Add(averages.BEnc, plain.BEnc);
        Add(averages.WDec, plain.WDec);

        void Add(RealBuffer sum, AdamParameters parameters) => backend.WeightedSum(new WeightedSumArguments
        {
            Length = sum.Length,
            First = sum,
            FirstFactor = averages.Decay,
            Second = parameters.Values,
            SecondFactor = 1 - averages.Decay,
            Sum = sum,
        });
    }

    private static double MillisecondsOf(Action action, int calls)
    {
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        for (int call = 0; call < calls; call++)
        {
            action();
        }

        return (Environment.CpuUsage.TotalTime - begin).TotalMilliseconds / calls;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
