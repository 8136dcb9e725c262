using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// Work       13 FLOP a parameter
/// Traffic    28 bytes a parameter
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding of m, v and w each; w uses m and v as they are stored
/// Source     Kingma and Ba, "Adam", ICLR 2015, algorithm 1
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
    public static void Apply<T>(in AdamStep step, AdamParameters parameters, long index, double gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Reals<T> values = Reals<T>.Of(parameters.Values);
        Reals<T> first = Reals<T>.Of(parameters.FirstMoment);
        Reals<T> second = Reals<T>.Of(parameters.SecondMoment);
        first[index] = Flush((step.Beta1 * first[index]) + ((1 - step.Beta1) * gradient));
        second[index] = Flush((step.Beta2 * second[index]) + ((1 - step.Beta2) * gradient * gradient));
        double rate = step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step));
        double root = Math.Sqrt(second[index]) / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));
        values[index] -= rate * first[index] / (root + step.Epsilon);
    }

    private static double Flush(double moment) => Math.Abs(moment) < AdamStep.SmallestMoment ? 0 : moment;
}
