using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Optimiser steps of parameters whose gradient is stored: all but those of the latents' rows.</summary>
internal static class OptimizerSteps
{
    /// <summary>Takes a step of all of them.</summary>
    public static void Update(
        this AdamParameters parameters,
        IComputeBackend backend,
        RealBuffer gradient,
        OptimizerStep step,
        ScalarSlot? factor,
        bool isNonNegative = false) => backend.AdamUpdate(new AdamUpdateArguments
        {
            Length = checked((int)parameters.Values.Length),
            Parameters = parameters.Values,
            Gradient = gradient,
            FirstMoment = parameters.FirstMoment,
            SecondMoment = parameters.SecondMoment,
            Step = step,
            GradientFactor = factor,
            IsNonNegative = isNonNegative,
        });
}
