using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), after
///            w ← (1 − η·λ)·w; or for Signum z ← z − η·sign(g), w ← w + c·(z − w) − (1 − c)·(1 − β)·η·sign(g)
/// Work       13 FLOP a parameter, 7 for Signum
/// Traffic    28 bytes a parameter, 20 for Signum
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding of m, v, z and w each; w uses m, v and z as they are stored
/// Source     Kingma and Ba, "Adam", ICLR 2015, algorithm 1; Defazio et al. 2024, "The Road Less Scheduled", eq. 3 to 5
/// </summary>
internal static class AdamUpdate
{
    public static void Run<T>(in AdamUpdateArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Reals<T> gradient = Reals<T>.Of(arguments.Gradient);
        double factor = arguments.GradientFactor is ScalarSlot slot ? Host.Load<T>(slot) : 1;
        AdamParameters parameters = new(arguments.Parameters, arguments.FirstMoment, arguments.SecondMoment);
        Reals<T> values = Reals<T>.Of(arguments.Parameters);
        for (int i = 0; i < arguments.Length; i++)
        {
            Apply<T>(arguments.Step, parameters, i, factor * gradient[i]);
            if (arguments.IsNonNegative)
            {
                values[i] = Math.Max(values[i], 0);
            }
        }
    }

    /// <summary>Applies one step to one parameter.</summary>
    public static void Apply<T>(in OptimizerStep step, AdamParameters parameters, long index, double gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Reals<T> values = Reals<T>.Of(parameters.Values);
        Reals<T> first = Reals<T>.Of(parameters.FirstMoment);
        if (step.Kind == OptimizerKind.Signum)
        {
            double change = step.LearningRate * (double.IsNaN(gradient) ? gradient : Math.Sign(gradient));
            first[index] -= change;
            double towardsAverage = (1 - step.AveragingWeight) * (1 - step.Beta1) * change;
            values[index] += (step.AveragingWeight * (first[index] - values[index])) - towardsAverage;
            return;
        }

        Reals<T> second = Reals<T>.Of(parameters.SecondMoment!);
        first[index] = Flush((step.Beta1 * first[index]) + ((1 - step.Beta1) * gradient));
        second[index] = Flush((step.Beta2 * second[index]) + ((1 - step.Beta2) * gradient * gradient));
        double rate = step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step));
        double root = Math.Sqrt(second[index]) / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));
        double kept = (1 - (step.LearningRate * step.WeightDecay)) * values[index];
        values[index] = kept - (rate * first[index] / (root + step.Epsilon));
    }

    private static double Flush(double moment) => Math.Abs(moment) < OptimizerStep.SmallestMoment ? 0 : moment;
}
