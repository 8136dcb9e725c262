namespace SaeKernels.Training;

/// <summary>A learning rate that rises linearly, stays, and falls linearly to almost zero.</summary>
/// <remarks>
/// Step t of N, counted from 1: η · min(1, t / warm-up steps) · min(1, (N − t + 1) / decay steps). The first step
/// already moves, and the last one still does.
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

    /// <summary>Returns the learning rate of a step.</summary>
    /// <param name="step">The step, 1 to N.</param>
    public double At(long step)
    {
        double rise = this.WarmupSteps > 0 ? Math.Min(1, (double)step / this.WarmupSteps) : 1;
        double fall = this.DecaySteps > 0 ? Math.Min(1, (double)(this.Steps - step + 1) / this.DecaySteps) : 1;
        return this.Peak * rise * fall;
    }

    /// <summary>The default peak for the TopK family, 8e-4 / √(DSae / 2¹⁴).</summary>
    /// <param name="latents">The number of latents, DSae.</param>
    /// <remarks>
    /// Gao et al. 2024 find that the best rate falls with 1/√DSae. sparsify and dictionary_learning take 2e-4 for the
    /// constant; runs of our default length end better with four times that (docs/decisions, learning rate).
    /// </remarks>
    public static double DefaultPeak(int latents) => 8e-4 / Math.Sqrt(latents / 16384.0);
}
