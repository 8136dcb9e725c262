using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The weights that a run is evaluated and saved with: the raw ones, or their average.</summary>
/// <remarks>
/// Averages of decoder rows of unit length are shorter than one; they are brought to unit length again where training
/// keeps it. What is not trained, such as BatchTopK's running threshold, is taken as it is.
/// </remarks>
internal static class TrainedWeights
{
    /// <summary>Calls an action with the weights, which it must not keep.</summary>
    public static void Use(TrainingState state, Action<SaeParameters> action)
    {
        // Before the first step there is nothing to average.
        if (state.Step == 0 || (state.Average is null && state.Optimizer.Kind != OptimizerKind.Signum))
        {
            action(state.Parameters);
            return;
        }

        using SaeParameters averaged = Averaged(state);
        action(averaged);
    }

    private static SaeParameters Averaged(TrainingState state)
    {
        SaeParameters averaged = new(state.Backend, state.Config, state.Plan.TiedWeights);
        Dictionary<string, RealBuffer> targets = averaged.LatentVectors
            .ToDictionary(pair => pair.Vector.Name, pair => pair.Values);
        targets["WEnc"] = averaged.WEnc.Buffer;
        targets["BEnc"] = averaged.BEnc;
        targets["WDec"] = averaged.WDec.Buffer;
        targets["BDec"] = averaged.BDec;
        if (averaged.WSkip is RealMatrix skip)
        {
            targets["WSkip"] = skip.Buffer;
        }

        foreach ((LatentVector vector, RealBuffer values) in state.Parameters.LatentVectors)
        {
            Sum(state, values, 1, values, 0, targets[vector.Name]);
        }

        foreach ((string name, AdamParameters parameters) in state.Optimizer.All)
        {
            Average(state, name, parameters, targets[name]);
        }

        if (state.Objective.NormalizesDecoder)
        {
            state.Backend.NormalizeRows(new NormalizeRowsArguments { Matrix = averaged.WDec });
        }

        return averaged;
    }

    private static void Average(TrainingState state, string name, AdamParameters parameters, RealBuffer target)
    {
        if (state.Average is WeightAverage average)
        {
            RealBuffer sum = average.Sums[name];
            Sum(state, sum, average.CorrectionAfter(state.Step), sum, 0, target);
        }
        else
        {
            double share = state.Plan.Momentum;
            Sum(state, parameters.Values, 1 / share, parameters.FirstMoment, -(1 - share) / share, target);
        }

        if (name == LatentVector.ThresholdName)
        {
            // The parameters are kept at 0 or above, but Signum's average is an extrapolation of them.
            float[] thresholds = new float[target.Length];
            target.Download(thresholds);
            target.Upload(Array.ConvertAll(thresholds, threshold => Math.Max(0, threshold)));
        }
    }

    private static void Sum(
        TrainingState state, RealBuffer first, double firstFactor, RealBuffer second, double factor, RealBuffer sum) =>
        state.Backend.WeightedSum(new WeightedSumArguments
        {
            Length = sum.Length,
            First = first,
            FirstFactor = firstFactor,
            Second = second,
            SecondFactor = factor,
            Sum = sum,
        });
}
