using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// One optimiser step, with the bounds of a float32 computation from a gradient that itself has bounds.
/// </summary>
internal readonly record struct BoundedAdam(Bounded FirstMoment, Bounded SecondMoment, Bounded Value)
{
    public static BoundedAdam Apply(
        in OptimizerStep step, float value, float firstMoment, float secondMoment, Bounded gradient)
    {
        if (step.Kind == OptimizerKind.Signum)
        {
            return OfSigns(step, value, firstMoment, gradient.Sign());
        }

        Bounded first = Flush(
            (Bounded.Rounded(step.Beta1) * Bounded.Exact(firstMoment)) + (Bounded.Rounded(1 - step.Beta1) * gradient));
        Bounded second = Flush(
            (Bounded.Rounded(step.Beta2) * Bounded.Exact(secondMoment))
            + (Bounded.Rounded(1 - step.Beta2) * gradient.Square()));
        Bounded rate = Bounded.Rounded(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
        Bounded root = second.Sqrt() * Bounded.Rounded(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)));
        Bounded change = rate * first / (root + Bounded.Rounded(step.Epsilon));
        Bounded kept = step.WeightDecay == 0
            ? Bounded.Exact(value)
            : Bounded.Rounded(1 - (step.LearningRate * step.WeightDecay)) * Bounded.Exact(value);
        return new BoundedAdam(first, second, kept - change);
    }

    private static BoundedAdam OfSigns(in OptimizerStep step, float value, float iterate, Bounded sign)
    {
        Bounded next = Bounded.Exact(iterate) - (Bounded.Rounded(step.LearningRate) * sign);
        double towardsAverage = (1 - step.AveragingWeight) * (1 - step.Beta1) * step.LearningRate;
        Bounded moved = Bounded.Exact(value)
            + (Bounded.Rounded(step.AveragingWeight) * (next - Bounded.Exact(value)));
        return new BoundedAdam(next, default, moved - (Bounded.Rounded(towardsAverage) * sign));
    }

    private static Bounded Flush(Bounded moment)
    {
        const double Smallest = OptimizerStep.SmallestMoment;
        if (moment.Magnitude < Smallest)
        {
            return default;
        }

        // The interval may reach into the flushed range, from one side or from both: then 0 is possible as well.
        bool mayFlush = moment.Low < Smallest && moment.High > -Smallest;
        double value = Math.Abs(moment.Value) < Smallest ? 0 : moment.Value;
        return mayFlush
            ? new Bounded(value, Math.Min(0, moment.Low), Math.Max(0, moment.High))
            : moment;
    }
}
