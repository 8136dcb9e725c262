namespace SaeKernels.Training;

/// <summary>The weight c of each iterate of Signum in the average of all so far.</summary>
/// <remarks>
/// An iterate counts with the square of the largest learning rate up to it, so that a warm-up weighs little, and with a
/// constant rate c = 1/t. A function of the schedule alone: a resumed run sums it anew. Source: Defazio et al., "The
/// Road Less Scheduled", 2024, §4.
/// </remarks>
/// <param name="schedule">The learning rates.</param>
internal sealed class AveragingWeights(LearningRateSchedule schedule)
{
    private long step;
    private double largest;
    private double sum;

    /// <summary>Returns c of a step, above 0 to 1.</summary>
    /// <param name="wanted">The step, counted from 1.</param>
    public double At(long wanted)
    {
        if (wanted < this.step)
        {
            (this.step, this.largest, this.sum) = (0, 0, 0);
        }

        while (this.step < wanted)
        {
            this.step++;
            this.largest = Math.Max(this.largest, schedule.At(this.step));
            this.sum += this.largest * this.largest;
        }

        return this.largest * this.largest / this.sum;
    }
}
