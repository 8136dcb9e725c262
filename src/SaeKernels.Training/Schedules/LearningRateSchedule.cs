namespace SaeKernels.Training;

/// <summary>A learning rate that rises linearly, stays, and falls to a floor.</summary>
/// <remarks>
/// Step t of N, counted from 1: η · min(1, t / warm-up steps) · (floor + (1 − floor) · f(r)) with
/// r = min(1, (N − t + 1) / decay steps) and f(r) = r, (1 − cos πr) / 2 or 1 − √(1 − r). The first step already moves,
/// and the last one still does.
/// </remarks>
public sealed record LearningRateSchedule
{
    /// <summary>The highest learning rate η; positive.</summary>
    public required double Peak { get; init; }

    /// <summary>The steps of the whole run, N; at least 1.</summary>
    public required long Steps { get; init; }

    /// <summary>The steps over which the rate rises; 0 for none.</summary>
    public required long WarmupSteps { get; init; }

    /// <summary>The steps over which the rate falls, up to the end; 0 for none.</summary>
    public required long DecaySteps { get; init; }

    /// <summary>How it falls; a constant rate has no <see cref="DecaySteps"/>.</summary>
    public LearningRateShape Shape { get; init; }

    /// <summary>The share of the peak that it falls to, 0 to 1.</summary>
    public double Floor { get; init; }

    /// <summary>Returns the learning rate of a step.</summary>
    /// <param name="step">The step, 1 to N.</param>
    public double At(long step)
    {
        double rise = this.WarmupSteps > 0 ? Math.Min(1, (double)step / this.WarmupSteps) : 1;
        double rest = this.DecaySteps > 0 ? Math.Min(1, (double)(this.Steps - step + 1) / this.DecaySteps) : 1;
        double fall = this.Shape switch
        {
            LearningRateShape.Cosine => (1 - Math.Cos(Math.PI * rest)) / 2,
            LearningRateShape.Wsd => 1 - Math.Sqrt(1 - rest),
            _ => rest,
        };
        return this.Peak * rise * (this.Floor + ((1 - this.Floor) * fall));
    }
}
