using System.Diagnostics;

namespace SaeKernels.Training;

/// <summary>What goes with the steps of a session, whoever brings batches: figures, progress, checkpoints.</summary>
internal sealed class TrainingPass : IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(100);
    private readonly TrainingSession session;
    private readonly TrainingState state;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly MetricsLog log;
    private readonly RunClock pace;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly long firstStep;
    private readonly double elapsedBefore;
    private MetricsRow? lastRow;

    /// <summary>Begins where the session stands.</summary>
    public TrainingPass(TrainingSession session, TrainingState state, IProgress<TrainingProgress>? progress)
    {
        this.session = session;
        this.state = state;
        this.progress = progress;
        this.firstStep = state.Step;
        this.elapsedBefore = state.ElapsedSeconds;
        this.pace = new RunClock(this.clock, state.Step, state.Plan);
        this.log = MetricsLog.Open(session.Folder.MetricsFile, state.Step);
    }

    /// <summary>Does what is due after a step.</summary>
    /// <exception cref="TrainingDivergedException">The loss is not a number.</exception>
    public void Follow()
    {
        TrainingPlan plan = this.state.Plan;
        this.state.ElapsedSeconds = this.elapsedBefore + this.clock.Elapsed.TotalSeconds;
        bool isLogStep = this.state.Step % plan.LogEvery == 0 || this.state.Step == plan.Steps;
        if (isLogStep)
        {
            this.lastRow = MakeRow(this.pace.TokensPerSecondSinceLastRow(this.state.Step));
            this.log.Add(this.lastRow);
        }

        if (isLogStep || this.pace.IsDue(ProgressInterval))
        {
            this.progress?.Report(this.pace.Describe(this.state.Step, this.lastRow, isLogStep));
        }

        this.session.Resample();
        if (this.state.Step % plan.CheckpointEvery == 0 && this.state.Step < plan.Steps)
        {
            _ = this.session.Save(isEnd: false);
        }
    }

    /// <summary>Saves a checkpoint and the model.</summary>
    public TrainingOutcome Finish()
    {
        this.log.Dispose();
        string checkpoint = this.session.Save(isEnd: true);
        TrainingPlan plan = this.state.Plan;
        TimeSpan elapsed = this.clock.Elapsed;
        return new TrainingOutcome(
            this.state.Step == plan.Steps,
            this.state.Step,
            this.state.Step * plan.Batch,
            elapsed,
            (this.state.Step - this.firstStep) * plan.Batch / elapsed.TotalSeconds,
            checkpoint);
    }

    /// <summary>Closes metrics.csv.</summary>
    public void Dispose() => this.log.Dispose();

    private MetricsRow MakeRow(double tokensPerSecond)
    {
        StepReport report = this.state.Objective.Report();
        this.session.RequireFinite(report);
        return new MetricsRow
        {
            Step = this.state.Step,
            Tokens = this.state.Step * this.state.Plan.Batch,
            Loss = report.Loss,
            Fvu = report.Fvu,
            AuxKLoss = report.AuxLoss,
            L0 = report.L0,
            SparsityCoefficient = report.SparsityCoefficient,
            DeadFraction = report.DeadFraction,
            LearningRate = this.state.Plan.Schedule.At(this.state.Step),
            GradientNorm = report.GradientNorm,
            TokensPerSecond = tokensPerSecond,
            ElapsedSeconds = this.state.ElapsedSeconds,
        };
    }
}
