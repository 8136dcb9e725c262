using System.Diagnostics;

namespace SaeKernels.Training;

/// <summary>The pace of a run: vectors a second, time left, and when a display is due.</summary>
internal sealed class RunClock
{
    private readonly Stopwatch clock;
    private readonly long firstStep;
    private readonly TrainingPlan plan;
    private TimeSpan lastRow;
    private long lastRowStep;
    private TimeSpan lastReport;

    /// <summary>Begins to measure.</summary>
    /// <param name="clock">Runs since the first step of this process.</param>
    /// <param name="firstStep">The steps taken before this process.</param>
    /// <param name="plan">The run.</param>
    public RunClock(Stopwatch clock, long firstStep, TrainingPlan plan)
    {
        this.clock = clock;
        this.firstStep = firstStep;
        this.plan = plan;
        this.lastRowStep = firstStep;
    }

    /// <summary>Returns vectors a second since the last call.</summary>
    public double TokensPerSecondSinceLastRow(long step)
    {
        TimeSpan now = this.clock.Elapsed;
        double rate = (step - this.lastRowStep) * this.plan.Batch / (now - this.lastRow).TotalSeconds;
        this.lastRow = now;
        this.lastRowStep = step;
        return rate;
    }

    /// <summary>Returns whether an interval has gone by since the last description.</summary>
    public bool IsDue(TimeSpan interval) => this.clock.Elapsed - interval >= this.lastReport;

    /// <summary>Describes how far the run is.</summary>
    public TrainingProgress Describe(long step, MetricsRow? row, bool isNewRow)
    {
        TimeSpan elapsed = this.clock.Elapsed;
        this.lastReport = elapsed;
        return new TrainingProgress(
            step, this.plan.Steps, step * this.plan.Batch, elapsed, Remaining(step, elapsed), row, isNewRow);
    }

    private TimeSpan? Remaining(long step, TimeSpan elapsed)
    {
        if (step <= this.firstStep)
        {
            return null;
        }

        double ticks = (double)elapsed.Ticks * (this.plan.Steps - step) / (step - this.firstStep);
        return ticks < TimeSpan.MaxValue.Ticks / 2 ? TimeSpan.FromTicks((long)ticks) : null;
    }
}
