using System.Globalization;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Compares the losses of ours and of two forms of libtorch: same start, same batches.</summary>
internal static class LossComparison
{
    private const int StepsPerReport = 50;

    /// <summary>Writes every loss; returns the largest relative difference of each trainer from the baseline.</summary>
    public static IReadOnlyDictionary<string, double> Run(
        BenchPlan plan, StepShape shape, PlantedBatches data, ResultKey key)
    {
        List<Trainer> trainers =
        [
            PeerCatalog.Create(PeerCatalog.Baseline, data, shape),
            PeerCatalog.Create(PeerCatalog.Yardstick, data, shape),
            .. plan.Ours.Select(precision => new OwnTopK(data, shape, precision, plan.Threads)),
        ];
        Dictionary<string, double> largest = [];
        for (int step = 1; step <= plan.StepsForLoss; step++)
        {
            float[] batch = data.Next(step);
            double[] losses = [.. trainers.Select(trainer => Train(trainer, batch))];
            List<LossRow> rows = [.. trainers.Zip(losses, (trainer, loss) =>
                new LossRow(key, trainer.Name, step, loss, Math.Abs(loss - losses[0]) / losses[0]))];
            plan.Results.Add(rows);
            rows.ForEach(row => largest[row.Variant] =
                Math.Max(largest.GetValueOrDefault(row.Variant), row.RelativeDifference));
            if (step % StepsPerReport == 0)
            {
                Report(shape, rows);
            }
        }

        trainers.ForEach(trainer => trainer.Dispose());
        return largest;
    }

    private static void Report(StepShape shape, List<LossRow> rows)
    {
        string differences = string.Join(", ", rows[1..].Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{row.Variant} {row.RelativeDifference:E1}")));
        Progress.Say($"{shape}: step {rows[0].Step}, relative difference of the loss: {differences}");
    }

    private static double Train(Trainer trainer, float[] batch)
    {
        trainer.Load(batch);
        trainer.Step();
        trainer.Finish();
        return trainer.ReadLoss();
    }
}
