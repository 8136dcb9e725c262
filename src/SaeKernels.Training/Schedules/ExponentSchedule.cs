namespace SaeKernels.Training;

/// <summary>The exponent of a penalty at every step: 1 at first, then lower in equal parts.</summary>
/// <remarks>
/// Change i of n comes at step First + (i − 1) · (Last − First) / (n − 1), rounded down, and brings the exponent
/// 1 + (End − 1) · i / n. In a short run several may come at once.
/// Source: Karvonen et al. 2024, "Measuring progress in dictionary learning for language model interpretability with
/// board game models", §4.
/// </remarks>
internal sealed record ExponentSchedule
{
    /// <summary>Changes.</summary>
    public const int Changes = 10;

    /// <summary>Schedules the exponents of a run.</summary>
    /// <param name="first">The step of the first change; at least 2.</param>
    /// <param name="last">The step of the last change; at least <paramref name="first"/>.</param>
    /// <param name="end">The exponent after it; above 0 and at most 1.</param>
    public ExponentSchedule(long first, long last, double end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(end);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, 1);
        this.First = first;
        this.Last = last;
        this.End = end;
    }

    /// <summary>The step of the first change.</summary>
    public long First { get; }

    /// <summary>The step of the last change.</summary>
    public long Last { get; }

    /// <summary>The exponent after it.</summary>
    public double End { get; }

    /// <summary>The exponent at a step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    public double At(long step) => 1 + ((this.End - 1) * ChangesUntil(step) / Changes);

    /// <summary>Whether the exponent changes at a step.</summary>
    /// <param name="step">The step.</param>
    public bool ChangesAt(long step) => ChangesUntil(step) > ChangesUntil(step - 1);

    /// <summary>The step of the next change after a step; null where there is none.</summary>
    /// <param name="step">The step.</param>
    public long? NextChange(long step)
    {
        int done = ChangesUntil(step);
        return done == Changes ? null : StepOf(done + 1);
    }

    private int ChangesUntil(long step)
    {
        int changes = 0;
        while (changes < Changes && StepOf(changes + 1) <= step)
        {
            changes++;
        }

        return changes;
    }

    private long StepOf(int change) => this.First + ((change - 1) * (this.Last - this.First) / (Changes - 1));
}
