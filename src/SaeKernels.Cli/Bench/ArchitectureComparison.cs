using System.Diagnostics;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>
/// Models that are trained side by side on the same drawn vectors and measured at several points of their training.
/// </summary>
/// <remarks>
/// A cell is a run in a folder. What it reached at a point is kept beside it, so a comparison that was interrupted goes
/// on where it stopped, and one that is done is only read.
/// </remarks>
internal sealed class ArchitectureComparison(string data, ActivationStore store, string folder)
{
    private const int ProbeVectors = 8192;
    private const int ProbeRepeats = 20;
    private const long TrendVectors = 65_536;

    /// <summary>The rows of all points, in the order of the cells.</summary>
    public List<ComparisonRow> Rows { get; } = [];

    /// <summary>Trains and measures what is missing.</summary>
    /// <param name="cells">The runs; they share batch size, data seed, holdout and normalisation.</param>
    /// <param name="points">Steps, ascending, after which all are measured; the last one ends the runs.</param>
    /// <param name="open">Opens the backends for a number of runs.</param>
    /// <param name="cancellation">Interrupts after saving.</param>
    /// <returns>Whether all is done.</returns>
    /// <exception cref="ArgumentException">A folder holds a run of other options or of other data.</exception>
    public bool Complete(
        IReadOnlyList<TrainingOptions> cells,
        IReadOnlyList<long> points,
        Func<int, GroupBackends> open,
        CancellationToken cancellation)
    {
        RequireSame(cells);
        TrainingOptions[] missing = [.. cells.Where(cell => !File.Exists(RowFile(cell, points[^1])))];
        foreach (IGrouping<bool, TrainingOptions> part in missing.GroupBy(
            cell => new RunFolder(FolderOf(cell)).HoldsRun))
        {
            TrainingOptions[] chosen = [.. part];
            string[] folders = [.. chosen.Select(FolderOf)];
            double drawing = DrawingMicroseconds();
            using GroupBackends backends = open(chosen.Length);
            using TrainingGroup group = part.Key
                ? TrainingGroup.Resume(backends.All, store, folders)
                : TrainingGroup.Start(backends.All, store, chosen, folders);
            if (!Train(group, chosen, points, drawing, cancellation))
            {
                return false;
            }
        }

        foreach (TrainingOptions cell in cells)
        {
            this.Rows.AddRange(points.Select(point => RowFile(cell, point)).Where(File.Exists)
                .Select(ComparisonRow.ReadJson));
        }

        return true;
    }

    private static double ProcessorSeconds()
    {
        using Process process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>Throws where what is there is not what was asked for: its rows would be told as the new ones.</summary>
    private void RequireSame(IReadOnlyList<TrainingOptions> cells)
    {
        TrainingOptions[] begun = [.. cells.Where(cell => new RunFolder(FolderOf(cell)).HoldsRun)];
        if (begun.Length == 0)
        {
            return;
        }

        string hash = store.ComputeHash(HashMode.Sampled);
        long vectors = HoldoutSplit.Create(store, cells[0].Holdout, TrainingOptions.DefaultSeed).Training.Count;
        foreach (TrainingOptions cell in begun)
        {
            RunFolder run = new(FolderOf(cell));
            RunRecord record = RunRecord.Read(run.RunFile);
            if (!record.IsOf(TrainingPlan.Create(cell, store.DIn, vectors)) || record.Data.Hash != hash)
            {
                throw new ArgumentException(
                    $"{run.Path}: must hold no run, or one with the same options and data, but holds another one. "
                    + "Repeat its options, or choose another --out.");
            }
        }
    }

    private string FolderOf(TrainingOptions cell) => Path.Combine(folder, $"{cell.Architecture}-{cell.Seed}");

    private string RowFile(TrainingOptions cell, long step) =>
        Path.Combine(FolderOf(cell), $"comparison-{step * cell.Batch}.json");

    private bool Train(
        TrainingGroup group,
        TrainingOptions[] cells,
        IReadOnlyList<long> points,
        double drawing,
        CancellationToken cancellation)
    {
        foreach (long point in points)
        {
            bool[] isMissing = [.. cells.Select(cell => !File.Exists(RowFile(cell, point)))];
            if (!isMissing.Contains(true))
            {
                continue;
            }

            IReadOnlyList<TrainingOutcome?> outcomes = GroupDisplay.Run(group, point, cancellation);
            if (outcomes.Any(outcome => outcome is not null && outcome.Step < point))
            {
                return false;
            }

            long? most = point == points[^1] ? null : TrendVectors;
            _ = Parallel.For(
                0, cells.Length, new ParallelOptions { MaxDegreeOfParallelism = group.Workers }, cell =>
                {
                    if (outcomes[cell] is TrainingOutcome outcome && isMissing[cell])
                    {
                        Measure(group.Sessions[cell], cells[cell], outcome, drawing, most)
                            .WriteJson(RowFile(cells[cell], point));
                    }
                });
        }

        return true;
    }

    private ComparisonRow Measure(
        TrainingSession session, TrainingOptions cell, TrainingOutcome outcome, double drawing, long? most)
    {
        EvaluationResult figures = session.Evaluate(most)!;
        using Sae sae = SaeLensLayout.Load(session.Folder.Path, session.Backend);
        figures = TruthEvaluator.Compare(figures, sae, data, store, session.HeldOut(most));
        figures.Write(session.Folder.EvaluationFile);
        return new ComparisonRow
        {
            Architecture = cell.Architecture,
            Seed = cell.Seed,
            K = cell.K ?? 0,
            Latents = cell.Latents,
            Batch = cell.Batch,
            LearningRate = cell.LearningRate ?? 0,
            Tokens = outcome.Tokens,
            L0 = figures.L0,
            F1 = figures.F1 ?? double.NaN,
            Precision = figures.Precision ?? double.NaN,
            Recall = figures.Recall ?? double.NaN,
            Mcc = figures.Mcc ?? double.NaN,
            Uniqueness = figures.Uniqueness ?? double.NaN,
            ExplainedVariance = figures.ExplainedVariance,
            DeadFraction = figures.DeadFraction ?? double.NaN,
            Shrinkage = figures.L2Ratio,
            Evaluated = figures.Tokens,
            TokensPerSecond = outcome.TokensPerSecond,
            StepMicroseconds = outcome.StepMicroseconds,
            DrawingMicroseconds = drawing,
            Device = $"{session.Record.Device.Id}: {session.Record.Device.Name}",
        };
    }

    /// <summary>The processor time that drawing a vector takes, in microseconds, nothing else going on.</summary>
    private double DrawingMicroseconds()
    {
        float[] vectors = new float[checked((int)Math.Min(ProbeVectors, store.Count) * store.DIn)];
        double least = double.PositiveInfinity;
        // .NET compiles for speed after some thirty calls and a tenth of a second: three readings told 21 µs for 9.6.
        for (int repeat = 0; repeat < ProbeRepeats; repeat++)
        {
            double before = ProcessorSeconds();
            store.Read(0, vectors);
            least = Math.Min(least, ProcessorSeconds() - before);
        }

        return least * 1e6 * store.DIn / vectors.Length;
    }
}
